using System.Text;

namespace MiniKube.Kubectl;

/// <summary>
/// Text whose tabs are stretched so that cells stand below each other, by the rules of Go's tabwriter: a column is as wide as the
/// widest of the lines in a row that have it. With <paramref name="remember"/>, widths grow from one text to the next.
/// </summary>
internal sealed class TabText(int least, int padding, bool remember = false)
{
    private readonly List<int> remembered = [];

    /// <summary>As in what "describe" shows.</summary>
    public static string Describe(string text) => new TabText(0, 2).Format(text);

    public string Format(string text)
    {
        var lines = text.Split('\n').Select(l => l.Split('\t')).ToList();
        var output = new StringBuilder();
        Block(lines, 0, lines.Count, [], output);
        output.Length--;
        return output.ToString();
    }

    private void Block(List<string[]> lines, int from, int to, List<int> widths, StringBuilder output)
    {
        var column = widths.Count;
        for (var at = from; at < to; at++)
        {
            if (column >= lines[at].Length - 1) continue;
            Write(lines, from, at, widths, output);
            from = at;
            var width = Math.Max(least, remember && column < remembered.Count ? remembered[column] : 0);
            for (; at < to && column < lines[at].Length - 1; at++) width = Math.Max(width, Runes(lines[at][column]) + padding);
            if (remember)
            {
                while (remembered.Count <= column) remembered.Add(0);
                remembered[column] = width;
            }
            Block(lines, from, at, [.. widths, width], output);
            from = at;
        }
        Write(lines, from, to, widths, output);
    }

    private static void Write(List<string[]> lines, int from, int to, List<int> widths, StringBuilder output)
    {
        for (var i = from; i < to; i++)
        {
            for (var j = 0; j < lines[i].Length; j++)
            {
                output.Append(lines[i][j]);
                if (j < widths.Count) output.Append(' ', Math.Max(0, widths[j] - Runes(lines[i][j])));
            }
            output.Append('\n');
        }
    }

    private static int Runes(string text) => text.EnumerateRunes().Count();
}
