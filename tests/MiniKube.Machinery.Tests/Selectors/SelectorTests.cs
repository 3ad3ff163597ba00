namespace MiniKube.Machinery.Tests.Selectors;

public sealed class SelectorTests
{
    private static readonly string[] Pieces = ["a", "b.io/c", "=", "==", "!=", "!", ",", " ", "in", "notin", "(", ")", "<", ">", "1", "_", "-", "/", ".", "\\", "é", "\0", "x y"];

    private static string Text(int seed)
    {
        var chance = new Random(seed);
        return string.Concat(Enumerable.Range(0, chance.Next(12)).Select(_ => Pieces[chance.Next(Pieces.Length)]));
    }

    [FsCheck.NUnit.Property(MaxTest = 3000)]
    public bool Any_text_is_a_selector_or_refused_with_a_reason(int seed)
    {
        var (label, field) = (LabelSelector.Parse(Text(seed)), FieldSelector.Parse(Text(seed)));
        return (label.Ok || label.Error!.Message.Length > 0) && (field.Ok || field.Error!.Message.Length > 0);
    }

    [FsCheck.NUnit.Property(MaxTest = 3000)]
    public bool What_a_selector_prints_reads_back_as_the_same(int seed)
    {
        var parsed = LabelSelector.Parse(Text(seed));
        if (!parsed.Ok) return true;
        var again = LabelSelector.Parse(parsed.Value.ToString());
        return again.Ok && again.Value.ToString() == parsed.Value.ToString();
    }
}
