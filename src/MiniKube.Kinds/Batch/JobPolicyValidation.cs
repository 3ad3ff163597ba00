using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Batch;

internal static class JobPolicyValidation
{
    private const int MostIndexes = 64 << 10;

    public static void FailurePolicy(Spot policy, Spot spec)
    {
        var rules = policy["rules"];
        if (rules.List.Count > 20) rules.TooMany(20);
        foreach (var rule in rules.Items())
        {
            var action = rule["action"];
            if (action.IsBlank) action.Required("valid values: \"Count\", \"FailIndex\", \"FailJob\", \"Ignore\"");
            else if (action.Text is not ("Count" or "FailIndex" or "FailJob" or "Ignore")) action.NotSupported("Count", "FailIndex", "FailJob", "Ignore");
            else if (action.Text == "FailIndex" && !spec["backoffLimitPerIndex"].IsSet)
                action.Invalid("requires the backoffLimitPerIndex to be set");
            var (codes, conditions) = (rule["onExitCodes"], rule["onPodConditions"]);
            if (codes.IsSet && conditions.List.Count > 0) rule.Invalid("specifying both OnExitCodes and OnPodConditions is not supported");
            if (!codes.IsSet && conditions.List.Count == 0) rule.Invalid("specifying one of OnExitCodes and OnPodConditions is required");
            if (codes.IsSet) ExitCodes(codes, spec);
            if (conditions.List.Count > 20) conditions.TooMany(20);
            foreach (var condition in conditions.Items())
            {
                foreach (var fault in LabelRules.Key(condition["type"].Text)) condition["type"].Invalid(condition["type"].Text, fault);
                if (condition["status"].IsBlank) condition["status"].Required("valid values: \"False\", \"True\", \"Unknown\"");
                else condition["status"].OneOfIfSet("False", "True", "Unknown");
            }
        }
    }

    private static void ExitCodes(Spot codes, Spot spec)
    {
        var (op, values, container) = (codes["operator"], codes["values"], codes["containerName"]);
        if (op.IsBlank) op.Required("valid values: \"In\", \"NotIn\"");
        else op.OneOfIfSet("In", "NotIn");
        if (container.IsSet)
        {
            var template = spec["template"]["spec"];
            var names = template["containers"].List.Maps().Concat(template["initContainers"].List.Maps()).Select(c => c.Text("name"));
            if (!names.Contains(container.Text)) container.Invalid("must be one of the container or initContainer names in the pod template");
        }
        if (values.List.Count == 0) values.Invalid(new JsonList(), "at least one value is required");
        else if (values.List.Count > 255) values.TooMany(255);
        var seen = new HashSet<long>();
        long? last = null;
        foreach (var value in values.Items())
        {
            if (value.Whole is not { } code) continue;
            if (op.Text == "In" && code == 0) value.Invalid("must not be 0 for the In operator");
            if (!seen.Add(code)) value.Duplicate();
            else if (last > code) values.Invalid("must be ordered");
            last = code;
        }
    }

    public static void SuccessPolicy(Spot policy, long completions)
    {
        var rules = policy["rules"];
        if (rules.List.Count == 0) rules.Required("at least one rules must be specified when the successPolicy is specified");
        if (rules.List.Count > 20) rules.TooMany(20);
        foreach (var rule in rules.Items())
        {
            if (!rule["succeededIndexes"].IsSet && !rule["succeededCount"].IsSet)
                rule.Required("at least one of succeededCount or succeededIndexes must be specified");
            var indexes = rule["succeededIndexes"];
            long total = 0;
            if (indexes.IsSet)
            {
                if (indexes.Text.Length > MostIndexes) indexes.TooLong(MostIndexes);
                (total, var fault) = Indexes(indexes.Text, completions);
                if (fault is not null) indexes.Invalid($"error parsing succeededIndexes: {fault}");
            }
            var count = rule["succeededCount"];
            count.NotNegative();
            if (count.Whole > completions) count.Invalid($"must be less than or equal to {completions} (the number of specified completions)");
            if (indexes.IsSet && count.Whole > total) count.Invalid($"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)");
        }
    }

    /// <summary>How many indexes "1,3-5,7" names, or what is wrong with it.</summary>
    private static (long Total, string? Fault) Indexes(string text, long completions)
    {
        if (text.Length == 0) return (0, null);
        var (total, last) = (0L, -1L);
        foreach (var interval in text.Split(','))
        {
            var ends = interval.Split('-');
            if (ends.Length > 2) return (0, $"the fragment \"{interval}\" violates the requirement that an index interval can have at most two parts separated by '-'");
            var numbers = new List<long>(2);
            foreach (var end in ends)
            {
                if (!int.TryParse(end, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return (0, $"cannot convert string to integer for index: \"{end}\"");
                if (number >= completions) return (0, $"too large index: \"{end}\"");
                numbers.Add(number);
            }
            if (numbers.Count == 2 && numbers[0] >= numbers[1]) return (0, $"non-increasing order, previous: {numbers[0]}, current: {numbers[1]}");
            if (last >= numbers[0]) return (0, $"non-increasing order, previous: {last}, current: {numbers[0]}");
            last = numbers[^1];
            total += last - numbers[0] + 1;
        }
        return (total, null);
    }
}
