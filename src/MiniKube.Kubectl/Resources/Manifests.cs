using System.Text;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>A document of a file.</summary>
internal sealed record Manifest(JsonMap Object, string Source);

/// <summary>Files, directories, addresses and the standard input, read as the objects in them.</summary>
internal static class Manifests
{
    private static readonly string[] Extensions = [".json", ".yaml", ".yml"];

    public static async Task<List<Manifest>> Read(Call call)
    {
        var words = call.Words;
        var found = new List<Manifest>();
        foreach (var name in words.All("filename"))
        {
            if (name == "-") found.AddRange(Parse(await Text(call.Around.In, call.Stop), "STDIN"));
            else if (name.StartsWith("http://", StringComparison.Ordinal) || name.StartsWith("https://", StringComparison.Ordinal)) found.AddRange(Parse(await Fetch(name, call.Stop), name));
            else foreach (var file in Files(name, words.Switch("recursive"))) found.AddRange(Parse(await File.ReadAllTextAsync(file, call.Stop), file));
        }
        return found;
    }

    public static bool AreNamed(Words words) => words.Knows("filename") && words.All("filename").Count > 0;

    /// <summary>The objects of a text; lists count as what is in them.</summary>
    public static IEnumerable<Manifest> Parse(string text, string source)
    {
        IReadOnlyList<Json> documents;
        try
        {
            documents = YamlReader.ReadAll(text);
        }
        catch (FormatException e)
        {
            throw new Failure($"error parsing {source}: error converting YAML to JSON: {e.Message}");
        }
        foreach (var document in documents)
        {
            if (document is JsonNull) continue;
            if (document is not JsonMap map)
                throw new Failure($"error parsing {source}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {GoText.TypeOf(document)} into Go value of type map[string]interface {{}}");
            foreach (var one in Single(map, source)) yield return one;
        }
    }

    private static IEnumerable<Manifest> Single(JsonMap map, string source)
    {
        if (map.Kind().Length == 0) throw new Failure($"error validating \"{source}\": error validating data: kind not set; if you choose to ignore these errors, turn validation off with --validate=false");
        if (map.ApiVersion().Length == 0) throw new Failure($"error validating \"{source}\": error validating data: apiVersion not set; if you choose to ignore these errors, turn validation off with --validate=false");
        if (!map.Kind().EndsWith("List", StringComparison.Ordinal) || map["items"] is not JsonList items) return [new(map, source)];
        return items.Maps().SelectMany(i => Single(i, source));
    }

    private static IEnumerable<string> Files(string name, bool recursive)
    {
        if (Directory.Exists(name))
        {
            var files = Directory.EnumerateFiles(name, "*", recursive ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)
                .Where(f => Extensions.Contains(Path.GetExtension(f))).Order(StringComparer.Ordinal).ToList();
            return files.Count > 0 ? files : throw new Failure($"error reading [{name}]: recognized file extensions are [.json .yaml .yml]");
        }
        if (File.Exists(name)) return [name];
        if (name.Contains('*') && Path.GetDirectoryName(name) is var above && Directory.Exists(above is { Length: > 0 } ? above : ".")
            && Directory.GetFiles(above is { Length: > 0 } ? above : ".", Path.GetFileName(name)) is { Length: > 0 } matched) return matched.Order(StringComparer.Ordinal);
        throw new Failure($"the path \"{name}\" does not exist");
    }

    private static async Task<string> Fetch(string address, CancellationToken cancel)
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(address), cancel);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(cancel)
            : throw new Failure($"unable to read URL \"{address}\", server reported {(int)answer.StatusCode} {answer.ReasonPhrase}, status code={(int)answer.StatusCode}");
    }

    private static async Task<string> Text(Stream stream, CancellationToken cancel)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
        return await reader.ReadToEndAsync(cancel);
    }
}
