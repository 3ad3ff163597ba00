using MiniKube.Machinery;

namespace MiniKube.Kinds.Scheduling;

internal static class PriorityClassHooks
{
    private const long HighestOfUsers = 1_000_000_000;

    private static readonly (string Name, long Value)[] System =
        [("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)];

    public static readonly KindHooks All = new()
    {
        Validate = (priority, errors) =>
        {
            var root = Spot.Root(priority, errors);
            var name = root["metadata"]["name"];
            if (name.Text.StartsWith("system-", StringComparison.Ordinal))
            {
                if (!System.Any(s => s.Name == name.Text && s.Value == root["value"].Whole))
                    name.Forbidden("priority class names with 'system-' prefix are reserved for system use only. error: "
                        + $"{name.Text} is not a known system priority class");
            }
            else if (root["value"].Whole > HighestOfUsers)
            {
                root["value"].Forbidden($"maximum allowed value of a user defined priority is {HighestOfUsers}");
            }
            root["preemptionPolicy"].OneOfIfSet("PreemptLowerPriority", "Never");
        },
        ValidateUpdate = (priority, old, errors) =>
        {
            if (priority.Whole("value") != old.Whole("value")) errors.Add(FieldError.Forbidden("value", "may not be changed in an update."));
            Spot.Root(priority, errors)["preemptionPolicy"].SameAs(old["preemptionPolicy"]);
        },
    };
}
