// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Rights
/// @author mnft
/// @notice What may be done with a model, as assets of their own: fine-tune, inference, revenue and weights rights.
/// @dev Kinds: 0 fine-tune, 1 inference, 2 revenue, 3 weights. A right is the ERC-6909 token `4 * modelId + kind`;
/// units are whole numbers, amounts are in the smallest unit of the settlement token.
interface IRights {
    /// @notice What a model's owner says of a kind of right, once and for all.
    struct RightTerms {
        uint64 maximumUnits;
        uint64 callsPerUnit;
        uint16 discountBps;
    }

    /// @notice What a holder asks for units; `expiresAt` is the last second in which they are sold.
    struct UnitListing {
        uint64 units;
        uint64 expiresAt;
        uint128 unitPrice;
    }

    /// @notice Inference units that give calls, and units that are on their way back.
    struct UnitLock {
        uint64 locked;
        uint64 leaving;
        uint64 returnableAt;
    }

    /// @notice A model's owner fixed the terms of a kind of right.
    /// @param modelId The model.
    /// @param kind The kind.
    /// @param terms The terms.
    event RightTermsFixed(uint256 indexed modelId, uint8 indexed kind, RightTerms terms);

    /// @notice Units were issued to the model's owner.
    /// @param rightId The right.
    /// @param owner Who has them.
    /// @param units How many.
    event UnitsIssued(uint256 indexed rightId, address indexed owner, uint256 units);

    /// @notice Units are for sale, in place of any earlier listing of the same seller; none where units are 0.
    /// @param rightId The right.
    /// @param seller Who sells.
    /// @param units How many.
    /// @param unitPrice What each costs.
    /// @param expiresAt The last second in which they are sold.
    event UnitsListed(uint256 indexed rightId, address indexed seller, uint64 units, uint128 unitPrice, uint64 expiresAt);

    /// @notice Units were sold; the seller is owed what the protocol fee leaves.
    /// @param rightId The right.
    /// @param seller Who sold.
    /// @param buyer Who bought.
    /// @param units How many.
    /// @param amount What the buyer paid.
    /// @param protocolFee The treasury's part.
    event UnitsSold(
        uint256 indexed rightId,
        address indexed seller,
        address indexed buyer,
        uint256 units,
        uint256 amount,
        uint256 protocolFee
    );

    /// @notice A fine-tune right was used up, in place of the owner's approval of a child.
    /// @param rightId The right.
    /// @param account Whose.
    event FineTuneUsed(uint256 indexed rightId, address indexed account);

    /// @notice Inference units give their holder calls from now on.
    /// @param rightId The right.
    /// @param account Whose.
    /// @param units How many.
    event UnitsLocked(uint256 indexed rightId, address indexed account, uint256 units);

    /// @notice Inference units give no more calls, and wait for a window.
    /// @param rightId The right.
    /// @param account Whose.
    /// @param units How many.
    /// @param returnableAt When all that are leaving can be had back.
    event UnitsUnlocked(uint256 indexed rightId, address indexed account, uint256 units, uint64 returnableAt);

    /// @notice Revenue was shared among the units of a revenue right.
    /// @param rightId The right.
    /// @param amount What came.
    /// @param perUnit What one unit has earned in all.
    event UnitsCredited(uint256 indexed rightId, uint256 amount, uint256 perUnit);

    /// @notice What an account's revenue units have earned is owed to it.
    /// @param rightId The right.
    /// @param account Whose.
    /// @param amount How much.
    event UnitsEarned(uint256 indexed rightId, address indexed account, uint256 amount);

    /// @notice Revenue in another currency than MNFT was shared among the units of a revenue right.
    /// @param rightId The right.
    /// @param currency The token.
    /// @param amount What came.
    /// @param perUnit What one unit has earned in all.
    event UnitsCreditedIn(uint256 indexed rightId, address indexed currency, uint256 amount, uint256 perUnit);

    /// @notice What an account's revenue units have earned in another currency than MNFT is owed to it.
    /// @param rightId The right.
    /// @param account Whose.
    /// @param currency The token.
    /// @param amount How much.
    event UnitsEarnedIn(uint256 indexed rightId, address indexed account, address indexed currency, uint256 amount);

    /// @notice An account received what it was owed in another currency than MNFT.
    /// @param account The account.
    /// @param currency The token.
    /// @param amount How much.
    event RightsPaidIn(address indexed account, address indexed currency, uint256 amount);

    /// @notice An account received what it was owed.
    /// @param account The account.
    /// @param amount How much.
    event RightsPaid(address indexed account, uint256 amount);

    /// @notice The owner said that there will be fewer.
    /// @param rightId The right.
    /// @param issued How many there would have been in all.
    /// @param maximum How many there may be.
    error IssueAboveMaximum(uint256 rightId, uint256 issued, uint256 maximum);

    /// @notice The last second of the listing is over.
    /// @param rightId The right.
    /// @param expiresAt That second.
    error ListingOver(uint256 rightId, uint64 expiresAt);

    /// @notice The account's units have earned nothing since they were last settled.
    /// @param rightId The right.
    /// @param account The account.
    error NothingEarned(uint256 rightId, address account);

    /// @notice Nothing of the model's revenue goes to its owner, so there is nothing to share in.
    /// @param modelId The model.
    error NoOwnersShare(uint256 modelId);

    /// @notice The seller offers fewer units.
    /// @param rightId The right.
    /// @param seller The seller.
    /// @param listed How many it offers.
    /// @param needed How many were asked for.
    error NotSoMany(uint256 rightId, address seller, uint256 listed, uint256 needed);

    /// @notice Only Revenue may do this.
    /// @param caller Who tried.
    error OnlyRevenue(address caller);

    /// @notice The terms of a right are fixed once.
    /// @param rightId The right.
    error TermsAreFixed(uint256 rightId);

    /// @notice No units, more revenue units than make the whole, or calls and discount where they do not belong.
    /// @param kind The kind of right.
    error TermsInvalid(uint8 kind);

    /// @notice There is no such kind of right.
    /// @param kind The kind asked for.
    error UnknownRight(uint8 kind);

    /// @notice Fixes how many units of a right there will ever be, and what an inference unit gives; the model's owner may.
    /// @param modelId The model.
    /// @param kind 0 fine-tune, 1 inference, 2 revenue (at most 10,000 units, each that part of the owner's share),
    /// 3 weights.
    /// @param terms Units; of inference rights also calls per unit and window, and their discount in basis points.
    function fixTerms(uint256 modelId, uint8 kind, RightTerms calldata terms) external;

    /// @notice Mints units to the caller, the model's owner, within the terms.
    /// @param modelId The model.
    /// @param kind The kind of right.
    /// @param units How many.
    function mint(uint256 modelId, uint8 kind, uint64 units) external;

    /// @notice Uses up a fine-tune right of an account, if it has one; only the lineage may.
    /// @param modelId The model that is forked or merged.
    /// @param account Who does it.
    /// @return used Whether there was one.
    function useFineTune(uint256 modelId, address account) external returns (bool used);

    /// @notice Locks inference units of the caller, which give it calls from now on.
    /// @param modelId The model.
    /// @param units How many.
    function lock(uint256 modelId, uint64 units) external;

    /// @notice Begins to take locked units back: they give no more calls, and come back after a window.
    /// @param modelId The model.
    /// @param units How many.
    function unlock(uint256 modelId, uint64 units) external;

    /// @notice Returns to the caller the units that have waited.
    /// @param modelId The model.
    function reclaim(uint256 modelId) external;

    /// @notice Shares revenue that has arrived among the units of a model's revenue right; only Revenue may.
    /// @param modelId The model.
    /// @param amount What arrived.
    function credit(uint256 modelId, uint256 amount) external;

    /// @notice Owes an account what its revenue units have earned; anyone may trigger it. A transfer does it for both.
    /// @param modelId The model.
    /// @param account Whose units.
    function settle(uint256 modelId, address account) external;

    /// @notice Puts units of the caller up for sale; they stay with it until they are sold. Listing none ends a listing.
    /// @param rightId The right.
    /// @param units How many.
    /// @param unitPrice What each costs.
    /// @param expiresAt The last second in which they are sold.
    function list(uint256 rightId, uint64 units, uint128 unitPrice, uint64 expiresAt) external;

    /// @notice Buys units of a seller; what they cost is pulled by allowance.
    /// @param rightId The right.
    /// @param seller Who sells.
    /// @param units How many.
    /// @param maximumCost What the caller is ready to pay in all.
    function buy(uint256 rightId, address seller, uint256 units, uint256 maximumCost) external;

    /// @notice Pays an account all that it is owed; anyone may trigger it.
    /// @param account The account.
    function withdraw(address account) external;

    /// @notice Pays an account all that its revenue units earned in another currency than MNFT, and is owed to it; anyone
    /// may trigger it.
    /// @param currency The token.
    /// @param account The account.
    function withdrawIn(address currency, address account) external;

    /// @notice The terms of a right; zeros where none were fixed.
    /// @param rightId The right.
    /// @return terms Units, calls and discount.
    function termsOf(uint256 rightId) external view returns (RightTerms memory terms);

    /// @notice How many units were ever issued.
    /// @param rightId The right.
    /// @return units How many, those that were used up included.
    function issuedOf(uint256 rightId) external view returns (uint256 units);

    /// @notice An account's locked inference units.
    /// @param modelId The model.
    /// @param account Whose.
    /// @return units Those that give calls, those that are leaving, and when these can be had back.
    function lockOf(uint256 modelId, address account) external view returns (UnitLock memory units);

    /// @notice What an account's inference units give it.
    /// @param modelId The model.
    /// @param account Whose.
    /// @return calls How many calls in a window.
    /// @return discountBps What they cost less, in basis points.
    function inferenceOf(uint256 modelId, address account) external view returns (uint64 calls, uint16 discountBps);

    /// @notice How many ten-thousandths of the owner's share belong to revenue units.
    /// @param modelId The model.
    /// @return units How many; the rest goes to the model's owner.
    function revenueUnits(uint256 modelId) external view returns (uint256 units);

    /// @notice What one unit of a revenue right has earned in all.
    /// @param rightId The right.
    /// @return amount How much.
    function perUnitOf(uint256 rightId) external view returns (uint256 amount);

    /// @notice What an account's revenue units have earned and are not yet owed.
    /// @param rightId The right.
    /// @param account Whose.
    /// @return amount How much.
    function earnedOf(uint256 rightId, address account) external view returns (uint256 amount);

    /// @notice What one unit of a revenue right has earned in a currency in all.
    /// @param currency The token.
    /// @param rightId The right.
    /// @return amount How much.
    function perUnitIn(address currency, uint256 rightId) external view returns (uint256 amount);

    /// @notice What an account's revenue units have earned in a currency and are not yet owed.
    /// @param currency The token.
    /// @param rightId The right.
    /// @param account Whose.
    /// @return amount How much.
    function earnedIn(address currency, uint256 rightId, address account) external view returns (uint256 amount);

    /// @notice What an account may withdraw in another currency than MNFT.
    /// @param currency The token.
    /// @param account The account.
    /// @return amount How much.
    function owedIn(address currency, address account) external view returns (uint256 amount);

    /// @notice What a holder asks for units; zeros where nothing.
    /// @param rightId The right.
    /// @param seller The holder.
    /// @return listing Units, last second and price.
    function listingOf(uint256 rightId, address seller) external view returns (UnitListing memory listing);

    /// @notice What an account may withdraw.
    /// @param account The account.
    /// @return amount How much.
    function owedTo(address account) external view returns (uint256 amount);

    /// @notice The number of a right.
    /// @param modelId The model.
    /// @param kind The kind of right.
    /// @return rightId The number.
    function idOf(uint256 modelId, uint8 kind) external pure returns (uint256 rightId);

    /// @notice Whether somebody holds a right of a model.
    /// @param modelId The model.
    /// @param kind The kind of right.
    /// @param account Who.
    /// @return held True with one unit or more.
    function holds(uint256 modelId, uint8 kind, address account) external view returns (bool held);
}
