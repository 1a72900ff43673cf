"""Real work for the simulated market: digits to classify, models trained on them, exact inference."""
