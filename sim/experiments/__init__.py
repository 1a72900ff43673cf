"""Many runs of one scenario: designs, replicas, what is learned from them."""
