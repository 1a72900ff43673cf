"""Real work for the market: digits to classify, models trained on them, exact inference."""
