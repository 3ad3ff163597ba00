using MiniKube.Machinery;

namespace MiniKube.Scheduler.Configuration;

/// <summary>How free or taken resources make a node good: spread, pack, or a curve of one's own.</summary>
public sealed record ResourceStrategy(string Type, IReadOnlyList<(string Resource, int Weight)> Considered, IReadOnlyList<(int Utilization, int Score)> Shape)
{
    public static readonly IReadOnlyList<(string Resource, int Weight)> Usual = [("cpu", 1), ("memory", 1)];

    public ResourceStrategy() : this("LeastAllocated", Usual, []) { }

    public static ResourceStrategy Read(JsonMap? strategy, Action<string, string> fault)
    {
        if (strategy is null) return new();
        var type = strategy.Text("type") ?? "LeastAllocated";
        if (type is not ("LeastAllocated" or "MostAllocated" or "RequestedToCapacityRatio"))
            fault(".type", $"\"{type}\" must be LeastAllocated, MostAllocated or RequestedToCapacityRatio");
        var shape = (strategy.Map("requestedToCapacityRatio")?.List("shape") ?? []).Maps()
            .Select(p => ((int)(p.Whole("utilization") ?? 0), (int)(p.Whole("score") ?? 0))).ToArray();
        if (type == "RequestedToCapacityRatio" && (shape.Length == 0 || shape.Any(p => p.Item1 is < 0 or > 100 || p.Item2 is < 0 or > 10) ||
                shape.Zip(shape.Skip(1)).Any(p => p.First.Item1 >= p.Second.Item1)))
            fault(".requestedToCapacityRatio.shape", "needs points of rising utilization from 0 to 100 with scores from 0 to 10");
        return new(type, Resources(strategy, fault), shape);
    }

    public static IReadOnlyList<(string Resource, int Weight)> Resources(JsonMap args, Action<string, string> fault)
    {
        if (args.List("resources") is not { Count: > 0 } list) return Usual;
        var read = list.Maps().Select(r => (r.Text("name") ?? "", (int)(r.Whole("weight") is null or 0 ? 1 : r.Whole("weight")!.Value))).ToArray();
        if (read.Any(r => r.Item1.Length == 0 || r.Item2 is < 1 or > 100)) fault(".resources", "each needs a name and a weight from 1 to 100");
        return read;
    }

    /// <summary>0…100 for a share of one resource in use.</summary>
    public long Score(long used, long all) => Type switch
    {
        "MostAllocated" => Normalizing.Most * Math.Min(used, all) / all,
        "RequestedToCapacityRatio" => OnCurve(used > all ? 100 : used * 100 / all),
        _ => used > all ? 0 : (all - used) * Normalizing.Most / all,
    };

    private long OnCurve(long utilization)
    {
        for (var i = 0; i < Shape.Count; i++)
        {
            if (utilization > Shape[i].Utilization) continue;
            if (i == 0) return Shape[0].Score * 10;
            var (x, y) = (Shape[i - 1], Shape[i]);
            return x.Score * 10 + (y.Score - x.Score) * 10 * (utilization - x.Utilization) / (y.Utilization - x.Utilization);
        }
        return Shape[^1].Score * 10;
    }
}
