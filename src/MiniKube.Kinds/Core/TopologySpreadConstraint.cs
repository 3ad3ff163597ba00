namespace MiniKube.Kinds.Core;

[Doc("How evenly pods are spread over zones, hosts and the like.")]
public sealed record TopologySpreadConstraint
{
    [Doc("Picks objects by their labels.")]
    public LabelSelector? LabelSelector { get; init; }

    public IReadOnlyList<string>? MatchLabelKeys { get; init; }

    [Doc("The largest difference between two places.")]
    [Required]
    public int? MaxSkew { get; init; }

    [Doc("The fewest places to count.")]
    public int? MinDomains { get; init; }

    [Allowed("Honor", "Ignore")]
    public string? NodeAffinityPolicy { get; init; }

    [Allowed("Honor", "Ignore")]
    public string? NodeTaintsPolicy { get; init; }

    [Doc("The node label whose values are the places to tell apart.")]
    [Required]
    public string? TopologyKey { get; init; }

    [Doc("Whether to wait or to place anyway.")]
    [Required, Allowed("DoNotSchedule", "ScheduleAnyway")]
    public string? WhenUnsatisfiable { get; init; }
}
