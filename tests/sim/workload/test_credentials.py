import numpy as np
import onnxruntime
import pytest

from sim.workload.credentials import LARGEST_VALUE, issue, range_model
from sim.workload.errors import WorkloadError


def test_the_circuit_tells_values_in_the_range_from_all_others():
    session = onnxruntime.InferenceSession(range_model(18, 120))
    rng = np.random.default_rng(3)

    def shown(value):
        inputs = np.array([issue(value, rng).inputs], dtype=np.float32)
        ((answer,),) = session.run(None, {"x": inputs})[0]
        return answer

    for value in (18, 19, 77, 119, 120):
        assert shown(value) == 1
    for value in (0, 1, 17, 121, LARGEST_VALUE):
        assert shown(value) == 0


def test_two_credentials_of_one_value_have_nothing_else_in_common():
    rng = np.random.default_rng(3)
    first, second = issue(30, rng), issue(30, rng)

    assert first.value == second.value
    assert not set(first.salts) & set(second.salts)


@pytest.mark.parametrize(("low", "high"), [(5, 4), (-1, 4), (0, LARGEST_VALUE + 1)])
def test_a_range_that_cannot_be_is_refused(low, high):
    with pytest.raises(WorkloadError):
        range_model(low, high)
    with pytest.raises(WorkloadError):
        issue(-1, np.random.default_rng(1))
