"""The Solidity contracts: sources, committed artifacts, and their loader."""

from contracts.artifacts import Artifact, ArtifactError, load, load_build, names

__all__ = ["Artifact", "ArtifactError", "load", "load_build", "names"]
