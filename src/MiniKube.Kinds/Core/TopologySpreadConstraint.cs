namespace MiniKube.Kinds.Core;

[Doc("How evenly pods are spread over zones, hosts and the like.")]
public sealed record TopologySpreadConstraint
{
    public LabelSelector? LabelSelector { get; init; }
    public IReadOnlyList<string>? MatchLabelKeys { get; init; }

    [Required]
    public int? MaxSkew { get; init; }

    public int? MinDomains { get; init; }

    [Allowed("Honor", "Ignore")]
    public string? NodeAffinityPolicy { get; init; }

    [Allowed("Honor", "Ignore")]
    public string? NodeTaintsPolicy { get; init; }

    [Required]
    public string? TopologyKey { get; init; }

    [Required, Allowed("DoNotSchedule", "ScheduleAnyway")]
    public string? WhenUnsatisfiable { get; init; }
}
