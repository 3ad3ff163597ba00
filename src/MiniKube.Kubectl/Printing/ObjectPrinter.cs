using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>Objects in the format that -o names.</summary>
internal sealed class ObjectPrinter
{
    private readonly Func<JsonMap, string> print;
    private readonly bool keepManaged;

    private ObjectPrinter(Func<JsonMap, string> print, bool keepManaged) => (this.print, this.keepManaged) = (print, keepManaged);

    /// <summary>Null where -o names no format of objects: what is usual then is the command's own.</summary>
    public static ObjectPrinter? Of(Words words, string operation = "")
    {
        var output = words.Knows("output") ? words.Text("output") : "";
        var template = words.Knows("template") ? words.Text("template") : "";
        if (output.Length == 0 && template.Length > 0) output = "go-template";
        var managed = words.Knows("show-managed-fields") && words.Switch("show-managed-fields");
        var strict = words.Knows("allow-missing-template-keys") && !words.Switch("allow-missing-template-keys");
        var (format, argument) = output.IndexOf('=') is var at and >= 0 ? (output[..at], output[(at + 1)..]) : (output, template);
        Func<JsonMap, string>? print = format switch
        {
            "" => null,
            "json" => o => GoJson.Indented(o) + "\n",
            "yaml" => Documents(),
            "name" => o => $"{Name(o)}{operation}\n",
            "jsonpath" => Path(Needed(argument)),
            "jsonpath-file" => Path(File(argument)),
            "jsonpath-as-json" => AsJson(Needed(argument)),
            "go-template" or "template" => Go(Needed(argument)),
            "go-template-file" or "templatefile" => Go(File(argument)),
            _ => throw new Failure($"unable to match a printer suitable for the output format \"{output}\", allowed formats are: {Allowed(words)}"),
        };
        return print is null ? null : new(print, managed);

        Func<JsonMap, string> Path(string text)
        {
            var parsed = JsonPathTemplate.Parse(text.StartsWith('{') || text.Contains('{') ? text : JsonPathTemplate.Relaxed(text), strict);
            return parsed.Run;
        }

        Func<JsonMap, string> AsJson(string text)
        {
            var parsed = JsonPathTemplate.Parse(JsonPathTemplate.Relaxed(text), strict);
            return o => GoJson.Indented(new JsonList(parsed.Find(o))) + "\n";
        }

        Func<JsonMap, string> Go(string text)
        {
            var parsed = GoTemplate.Parse(text);
            return o => parsed.Run(o, strict);
        }

        string Needed(string text) => text.Length > 0 ? text : throw new Failure($"template format specified but no template given");

        string File(string path) => System.IO.File.Exists(path) ? System.IO.File.ReadAllText(path) : throw new Failure($"error reading --template {path}, open {path}: no such file or directory");
    }

    public string Print(JsonMap o)
    {
        if (keepManaged) return print(o);
        var bare = o.CloneMap();
        bare.Map("metadata")?.Remove("managedFields");
        foreach (var item in bare.Maps("items")) item.Map("metadata")?.Remove("managedFields");
        return print(bare);
    }

    /// <summary>What a command says of an object it has changed: in the format asked for, or in words.</summary>
    public static void Tell(Call call, Subject subject, JsonMap o, string operation)
    {
        var suffix = operation.Length == 0 ? "" : $" {operation}{call.DryRunSuffix}";
        var printer = Of(call.Words, call.Words.Knows("output") && call.Text("output") == "name" ? "" : suffix);
        call.Out.Write(printer is null ? $"{subject.Type.Title(o.Name() is { Length: > 0 } name ? name : subject.Name)}{suffix}\n" : printer.Print(o));
    }

    private static string Name(JsonMap o)
    {
        var group = Objects.Group(o.ApiVersion());
        return o.Maps("items").Any() && o.Kind().EndsWith("List", StringComparison.Ordinal)
            ? string.Join('\n', o.Maps("items").Select(Name))
            : $"{o.Kind().ToLowerInvariant()}{(group.Length == 0 ? "" : "." + group)}/{o.Name()}";
    }

    private static Func<JsonMap, string> Documents()
    {
        var count = 0;
        return o => (count++ == 0 ? "" : "---\n") + GoYaml.Write(o);
    }

    private static string Allowed(Words words) => words.Knows("sort-by")
        ? "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml"
        : "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,yaml";
}
