"""What the commands do, one module per kind; `sim.cli` imports each when it is needed."""
