using System.Globalization;

namespace MiniKube.Machinery.Cel.Functions;

/// <summary>A semantic version, ordered as semver.org says.</summary>
public sealed record CelVersion(long Major, long Minor, long Patch, string PreRelease)
{
    public int CompareTo(CelVersion? other)
    {
        if (other is null) return 1;
        var order = (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));
        if (order != 0 || PreRelease == other.PreRelease) return order;
        if (PreRelease.Length == 0) return 1;
        if (other.PreRelease.Length == 0) return -1;
        var (mine, theirs) = (PreRelease.Split('.'), other.PreRelease.Split('.'));
        for (var i = 0; i < Math.Min(mine.Length, theirs.Length); i++)
        {
            var (a, b) = (long.TryParse(mine[i], out var x), long.TryParse(theirs[i], out var y));
            var step = a && b ? x.CompareTo(y) : a ? -1 : b ? 1 : string.CompareOrdinal(mine[i], theirs[i]);
            if (step != 0) return step;
        }
        return mine.Length.CompareTo(theirs.Length);
    }
}

internal static class VersionFunctions
{
    public static IEnumerable<(string, CelFunction)> All =>
    [
        ("semver", a => a switch { [string s] => Make(s, false), [string s, bool normalize] => Make(s, normalize), _ => CelLibrary.NotMine }),
        ("isSemver", a => a switch { [string s] => Parse(s, false) is not null, [string s, bool normalize] => Parse(s, normalize) is not null, _ => CelLibrary.NotMine }),
        ("major", a => a is [CelVersion v] ? v.Major : CelLibrary.NotMine),
        ("minor", a => a is [CelVersion v] ? v.Minor : CelLibrary.NotMine),
        ("patch", a => a is [CelVersion v] ? v.Patch : CelLibrary.NotMine),
        ("isGreaterThan", a => a is [CelVersion x, CelVersion y] ? x.CompareTo(y) > 0 : CelLibrary.NotMine),
        ("isLessThan", a => a is [CelVersion x, CelVersion y] ? x.CompareTo(y) < 0 : CelLibrary.NotMine),
        ("compareTo", a => a is [CelVersion x, CelVersion y] ? (long)Math.Sign(x.CompareTo(y)) : CelLibrary.NotMine),
    ];

    private static object Make(string text, bool normalize) => Parse(text, normalize) is { } version ? version : new CelError("No Major.Minor.Patch elements found");

    private static CelVersion? Parse(string text, bool normalize)
    {
        if (normalize) text = text.TrimStart('v');
        var plus = text.IndexOf('+');
        if (plus >= 0) text = text[..plus];
        var dash = text.IndexOf('-');
        var pre = dash < 0 ? "" : text[(dash + 1)..];
        var parts = (dash < 0 ? text : text[..dash]).Split('.').ToList();
        while (normalize && parts.Count < 3) parts.Add("0");
        if (parts.Count != 3 || dash >= 0 && pre.Length == 0) return null;
        var numbers = new long[3];
        for (var i = 0; i < 3; i++)
        {
            var part = normalize && parts[i].Length > 1 ? parts[i].TrimStart('0').PadLeft(1, '0') : parts[i];
            if (part.Length > 1 && part[0] == '0' || !long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])) return null;
        }
        return new CelVersion(numbers[0], numbers[1], numbers[2], pre);
    }
}
