namespace MiniKube.Machinery;

/// <summary>What differs between two objects, a line per member: for messages that say an update goes too far.</summary>
public static class Difference
{
    public static string Of(JsonMap before, JsonMap now)
    {
        var lines = new List<string>();
        Compare("", before, now, lines);
        return string.Concat(lines);
    }

    private static void Compare(string path, Json? before, Json? now, List<string> lines)
    {
        if (before is null ? now is null : before.SameAs(now)) return;
        switch (before, now)
        {
            case (JsonMap a, JsonMap b):
                foreach (var key in a.Keys.Union(b.Keys)) Compare(path.Length == 0 ? key : $"{path}.{key}", a[key], b[key], lines);
                break;
            case (JsonList a, JsonList b) when a.Count == b.Count:
                for (var i = 0; i < a.Count; i++) Compare($"{path}[{i}]", a[i], b[i], lines);
                break;
            default:
                if (before is not null) lines.Add($"- {path}: {before}\n");
                if (now is not null) lines.Add($"+ {path}: {now}\n");
                break;
        }
    }
}
