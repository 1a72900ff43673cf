"""The Solidity contracts: sources, committed artifacts, and their loader."""

from contracts.artifacts import Artifact, ArtifactError, load, names

__all__ = ["Artifact", "ArtifactError", "load", "names"]
