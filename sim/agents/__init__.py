"""Who acts in the market, and why: economics only, every action a call."""
