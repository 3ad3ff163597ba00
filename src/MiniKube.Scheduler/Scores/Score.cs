namespace MiniKube.Scheduler;

/// <summary>An opinion on the nodes that would do. Raw values are brought to 0…100 by Normalize before they are weighed.</summary>
public interface IScore
{
    string Name { get; }

    /// <summary>Null when this score has nothing to say about the pod.</summary>
    Func<int, long>? Prepare(PodInfo pod, Snapshot snapshot, IReadOnlyList<int> feasible);

    void Normalize(Span<long> scores) { }
}

public static class Normalizing
{
    public const long Most = 100;

    /// <summary>In proportion to the greatest, turned round when less is better.</summary>
    public static void ByGreatest(Span<long> scores, bool reverse)
    {
        long max = 0;
        foreach (var score in scores) max = Math.Max(max, score);
        for (var i = 0; i < scores.Length; i++)
        {
            var scaled = max == 0 ? 0 : scores[i] * Most / max;
            scores[i] = reverse ? Most - scaled : scaled;
        }
    }

    /// <summary>Between the least and the greatest.</summary>
    public static void ByRange(Span<long> scores, bool reverse)
    {
        long min = long.MaxValue, max = long.MinValue;
        foreach (var score in scores)
        {
            min = Math.Min(min, score);
            max = Math.Max(max, score);
        }
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = max == min ? (reverse ? Most : 0)
                : reverse ? Most * (max + min - scores[i] - min) / (max - min) : Most * (scores[i] - min) / (max - min);
        }
    }
}
