"""A scenario that takes a second, for tests of many runs."""

SCENARIO = """
question: Does anything differ?
ticks: 2
chain: {engine: none}
protocol: {spot_check_rate: 0%, minimum_host_stake: 100 MNFT}
workload: {hidden_units: [8], request_pool: 3, input_commitment: hash}
population:
  creators: {count: 1}
  fine_tuners: {count: 0}
  hosts: {count: 1}
  validators: {count: 1}
  users: {count: 5, activity: 3}
  holders: {count: 1}
"""
