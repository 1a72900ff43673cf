"""What no agent of the recorded economy does, done after it: where walks find the rest."""
