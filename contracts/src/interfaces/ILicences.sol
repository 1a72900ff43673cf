// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Licences
/// @author mnft
/// @notice Machine-readable terms, immutable once created.
interface ILicences {
    /// @notice What a licence allows.
    /// @param commercialUse Whether commercial use is allowed.
    /// @param derivatives 0 none, 1 with the approval of the parent's owner, 2 free.
    /// @param minimumRoyaltyBps The least royalty of a fork, in basis points of what it receives.
    /// @param attribution Whether the licensor must be named.
    /// @param territories The bit set of the territories (0 to 255) that are allowed.
    /// @param useCases The bit set of the use cases (0 to 255) that are allowed.
    struct Terms {
        bool commercialUse;
        uint8 derivatives;
        uint16 minimumRoyaltyBps;
        bool attribution;
        uint256 territories;
        uint256 useCases;
    }

    /// @notice A licence exists from now on, its terms fixed.
    /// @param licenceId The licence.
    /// @param creator Who created it.
    /// @param terms What it allows.
    event LicenceCreated(uint256 indexed licenceId, address indexed creator, Terms terms);

    /// @notice Derivatives are 0 (none), 1 (with approval) or 2 (free).
    /// @param derivatives The value refused.
    error InvalidDerivatives(uint8 derivatives);

    /// @notice No royalty exceeds the whole.
    /// @param minimumRoyaltyBps The value refused.
    error RoyaltyAboveWhole(uint16 minimumRoyaltyBps);

    /// @notice Fixes new terms.
    /// @param terms What the licence allows.
    /// @return licenceId The licence's number, from 1.
    function create(Terms calldata terms) external returns (uint256 licenceId);

    /// @notice A licence's terms.
    /// @param licenceId The licence.
    /// @return terms What it allows.
    function termsOf(uint256 licenceId) external view returns (Terms memory terms);

    /// @notice How many licences there are.
    /// @return licences Their number, which is also the newest one's.
    function count() external view returns (uint256 licences);

    /// @notice Whether the terms allow a use.
    /// @param licenceId The licence.
    /// @param commercial Whether the use is commercial.
    /// @param territory Where it happens.
    /// @param useCase What it is for.
    /// @return reason 0 allowed, else what is refused first: 1 commercial use, 2 territory, 3 use case.
    function check(
        uint256 licenceId,
        bool commercial,
        uint8 territory,
        uint8 useCase
    ) external view returns (uint8 reason);

    /// @notice Whether a licence allows what another one does not.
    /// @param licenceId The licence.
    /// @param limitId The other one.
    /// @return reason 0 if it allows no more, else what first: 1 commercial use, 2 a territory, 3 a use case,
    /// 4 derivatives, 5 no attribution.
    function exceeds(uint256 licenceId, uint256 limitId) external view returns (uint8 reason);
}
