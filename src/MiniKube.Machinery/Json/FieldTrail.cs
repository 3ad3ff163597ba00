using System.Globalization;
using System.Text;

namespace MiniKube.Machinery;

/// <summary>The way from the root to a value while a tree is walked: most walks find nothing to tell of and never make a text of it.</summary>
internal sealed class FieldTrail
{
    private const int Key = -1;

    private readonly List<(string? Member, int Item)> steps = [];

    public void Enter(string member) => steps.Add((member, 0));

    /// <summary>Into a map of free names: no member that Go's decoder would name.</summary>
    public void EnterKey(string key) => steps.Add((key, Key));

    public void Enter(int item) => steps.Add((null, item));

    public void Leave() => steps.RemoveAt(steps.Count - 1);

    /// <summary>The members alone, as Go's decoder names them.</summary>
    public string Members => string.Join('.', steps.Where(s => s is { Member: not null, Item: not Key }).Select(s => s.Member));

    /// <summary>As in "spec.containers[0].name".</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (member, item) in steps)
        {
            if (member is null) text.Append('[').Append(item.ToString(CultureInfo.InvariantCulture)).Append(']');
            else (text.Length == 0 ? text : text.Append('.')).Append(member);
        }
        return text.ToString();
    }
}
