"""Everything that moves: engines, lockstep, agents, workload, scenarios, runs."""
