"""From a trace that shows a failure to the few calls that it takes, kept as a case."""
