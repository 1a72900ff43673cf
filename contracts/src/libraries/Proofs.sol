// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IHalo2Verifier} from "../interfaces/IHalo2Verifier.sol";

/// @title Proofs
/// @author mnft
/// @notice Asks ezkl's reusable verifier.
library Proofs {
    /// @notice Makes the verifier know the key, once, and asks it by a call that may revert but not write.
    /// @param verifier The verifier.
    /// @param knownKeys The digests of the keys that it was made to know.
    /// @param proof The proof.
    /// @param instances The public field elements.
    /// @param vka The words of the verifying key's artifact.
    /// @return accepted Whether it said yes; no where it reverted.
    function isAccepted(
        IHalo2Verifier verifier,
        mapping(bytes32 keyDigest => bool known) storage knownKeys,
        bytes calldata proof,
        uint256[] calldata instances,
        bytes32[] calldata vka
    ) internal returns (bool accepted) {
        bytes32 digest = keccak256(abi.encodePacked(vka));
        if (!knownKeys[digest]) {
            knownKeys[digest] = true;
            verifier.registerVka(vka);
        }
        // Typed, the call would fail to decode: the verifier's third value is not ABI-encoded.
        // solhint-disable-next-line avoid-low-level-calls
        (bool done, bytes memory answer) =
            address(verifier).staticcall(abi.encodeCall(IHalo2Verifier.verifyProof, (proof, instances, vka)));
        return done && bytes32(answer) == bytes32(uint256(1));
    }
}
