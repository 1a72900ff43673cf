"""Every notebook runs from top to bottom, on a small run."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import mnft

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SCENARIO = """
question: What does a small run say?
ticks: 8
chain: {engine: revm}
protocol: {spot_check_rate: 30%}
workload: {hidden_units: [8], request_pool: 4, input_commitment: hash}
population:
  creators: {count: 1}
  fine_tuners: {count: 0}
  hosts: {count: 1, cheating: {share: 0%}}
  validators: {count: 1}
  users: {count: 6, activity: 0.5, activity_sigma: 0.5}
  holders: {count: 1}
"""


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    scenario = folder / "small.yaml"
    scenario.write_text(SCENARIO)
    return mnft.run(scenario, out=folder / "run").folder


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # jupyter's own, of its paths
@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_runs_through_and_draws(path, run_folder, monkeypatch):
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "outputs are stripped"
    monkeypatch.setenv("MNFT_RUN", str(run_folder))

    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": NOTEBOOKS}}).execute()

    pictures = [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 3
