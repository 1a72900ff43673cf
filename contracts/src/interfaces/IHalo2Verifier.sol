// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Halo2 verifier
/// @author mnft
/// @notice What the wrapper uses of ezkl's reusable verifier, whose source is generated.
interface IHalo2Verifier {
    /// @notice Makes a verifying key known; proofs under an unknown one are refused.
    /// @param vka The words of the verifying key's artifact.
    /// @return digest Their hash.
    function registerVka(bytes32[] calldata vka) external returns (bytes32 digest);

    /// @notice Verifies a proof; reverts rather than say no.
    /// @dev The answer is two words, 1 and the key's digest, followed by what no ABI decoder can read.
    /// The proof must be encoded as Solidity does, its length a multiple of 32.
    /// @param proof The proof, its commitments first.
    /// @param instances The public field elements.
    /// @param vka The words of the verifying key's artifact.
    /// @return success Always true.
    function verifyProof(bytes calldata proof, uint256[] calldata instances, bytes32[] calldata vka)
        external
        returns (bool success);
}
