using MiniKube.Machinery;

namespace MiniKube.Kinds.Coordination;

internal static class LeaseHooks
{
    public static readonly KindHooks All = new()
    {
        Validate = (lease, errors) =>
        {
            var spec = Spot.Root(lease, errors)["spec"];
            if (spec["leaseDurationSeconds"].Whole <= 0) spec["leaseDurationSeconds"].Invalid("must be greater than 0");
            if (spec["leaseTransitions"].Whole < 0) spec["leaseTransitions"].Invalid("must be greater than or equal to 0");
        },
    };
}
