// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILicences} from "./ILicences.sol";

/// @title Policies
/// @author mnft
/// @notice What a licence asks of its users beyond its terms: attestations, consent, and at most so many calls.
/// @dev A licence has its policy from its creation on, or none for ever.
interface IPolicies {
    /// @notice What users must have, and how much they may use.
    /// @param attestationKind The kind of attestation that is asked for; zero for none.
    /// @param callsPerPeriod The most calls of one user to one model in a period; zero for any number.
    /// @param periodEpochs How many epochs a period has; the first one began at second zero.
    /// @param bindsDerivatives Whether forks and merges have to ask for as much, and theirs in turn.
    /// @param attestedTerritories The bit set of the territories (0 to 255) in which the attestation is asked for.
    /// @param consentPurpose What consent is asked for; zero for none.
    /// @param sensitiveUseCases The bit set of the use cases (0 to 255) for which it is, and whose calls are logged.
    struct Policy {
        uint64 attestationKind;
        uint64 callsPerPeriod;
        uint32 periodEpochs;
        bool bindsDerivatives;
        uint256 attestedTerritories;
        bytes32 consentPurpose;
        uint256 sensitiveUseCases;
    }

    /// @notice A use of a model, as a session states it.
    /// @param licenceId The licence of the version that is used.
    /// @param modelId The model.
    /// @param user Who uses it.
    /// @param commercial Whether the use is commercial.
    /// @param territory Where it happens.
    /// @param useCase What it is for.
    struct Use {
        uint256 licenceId;
        uint256 modelId;
        address user;
        bool commercial;
        uint8 territory;
        uint8 useCase;
    }

    /// @notice A licence has a policy, for ever.
    /// @param licenceId The licence.
    /// @param creator Who created both.
    /// @param policy What it asks for.
    event PolicyFixed(uint256 indexed licenceId, address indexed creator, Policy policy);

    /// @notice Calls of a sensitive use case were settled, with the user's consent.
    /// @param modelId The model.
    /// @param user Who used it.
    /// @param purpose What the user agreed to.
    /// @param useCase What it was used for.
    /// @param epoch When the calls were served.
    /// @param calls How many.
    event SensitiveUseLogged(
        uint256 indexed modelId,
        address indexed user,
        bytes32 indexed purpose,
        uint8 useCase,
        uint64 epoch,
        uint64 calls
    );

    /// @notice The licence has no policy.
    /// @param licenceId The licence.
    error NoPolicy(uint256 licenceId);

    /// @notice A policy asks for something, and for nothing by half: a kind and where, a purpose and what for, calls and
    /// a period.
    error PolicyInvalid();

    /// @notice Creates a licence with a policy; anyone may.
    /// @param terms What the licence allows.
    /// @param policy What it asks for.
    /// @return licenceId The licence's number.
    function createLicence(
        ILicences.Terms calldata terms,
        Policy calldata policy
    ) external returns (uint256 licenceId);

    /// @notice Lets a use begin, or says why not; only the gateway may ask.
    /// @dev Where calls are limited the user has one session at a time with a model and licence.
    /// @param use What the session states.
    /// @return reason 0 where it may begin, else as `check` says.
    /// @return policed Whether the licence has a policy, so that the gateway asks again at settlement.
    function admit(Use calldata use) external returns (uint8 reason, bool policed);

    /// @notice Counts calls that are settled, or says why they are not; only the gateway may ask.
    /// @dev The licence's terms and what the session states never change, so they are not judged again.
    /// @param use What the session states.
    /// @param epoch When the calls were served.
    /// @param calls How many.
    /// @return reason 0 where they settle; 4 where the attestation held at no moment of the epoch, 5 where the period's
    /// calls would be exceeded, 6 where there was no consent at any moment of the epoch.
    function record(Use calldata use, uint64 epoch, uint64 calls) external returns (uint8 reason);

    /// @notice Ends a use, so that the user may begin another; only the gateway may say so.
    /// @param use What the session stated.
    function leave(Use calldata use) external;

    /// @notice Whether a use may begin now.
    /// @param use What a session would state.
    /// @return reason 0 where it may, else what refuses it first: 1 commercial use, 2 territory, 3 use case, 4 no
    /// attestation, 5 no calls left in the period, 6 no consent, 7 another session under the same limit.
    function check(Use calldata use) external view returns (uint8 reason);

    /// @notice Whether a licence asks its users for less than another one whose policy binds derivatives.
    /// @dev Of limits with periods that do not fit into each other the longest overlap counts.
    /// @param licenceId The licence of a derivative.
    /// @param limitId The licence that it descends from.
    /// @return reason 0 where it does not, or the other one binds nobody; else what it asks less of, first: 4 the
    /// attestation, 5 the limit, 6 consent, 8 that derivatives are bound in turn.
    function loosens(uint256 licenceId, uint256 limitId) external view returns (uint8 reason);

    /// @notice A licence's policy.
    /// @param licenceId The licence.
    /// @return policy What it asks for.
    function policyOf(uint256 licenceId) external view returns (Policy memory policy);

    /// @notice How many calls of a user to a model were settled in a period.
    /// @param licenceId The licence.
    /// @param modelId The model.
    /// @param user The user.
    /// @param period The number of the period.
    /// @return calls How many.
    function usedIn(
        uint256 licenceId,
        uint256 modelId,
        address user,
        uint64 period
    ) external view returns (uint64 calls);

    /// @notice Whether a user has a session open that counts towards a limit.
    /// @param licenceId The licence.
    /// @param modelId The model.
    /// @param user The user.
    /// @return open Whether it has.
    function isOpen(uint256 licenceId, uint256 modelId, address user) external view returns (bool open);
}
