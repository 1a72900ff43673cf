import pytest

from sim.chain.names import python_name


@pytest.mark.parametrize(
    ("solidity", "python"),
    [
        ("tokenURI", "token_uri"),
        ("metadataURI", "metadata_uri"),
        ("modelId", "model_id"),
        ("royaltyInfo", "royalty_info"),
        ("eip712Domain", "eip712_domain"),
        ("DOMAIN_SEPARATOR", "domain_separator"),
        ("CLOCK_MODE", "clock_mode"),
        ("registerVka", "register_vka"),
        ("from", "from_"),
        ("setApprovalForAll", "set_approval_for_all"),
    ],
)
def test_a_contract_name_has_one_spelling_in_the_model(solidity, python):
    assert python_name(solidity) == python
