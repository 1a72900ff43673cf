"""Pages of finished searches: sensitivity, discovery, optimisation; each from its folder alone."""
