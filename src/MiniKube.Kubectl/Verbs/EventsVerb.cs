using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl events: what happened, in the order of time.</summary>
internal static class EventsVerb
{
    public static readonly Verb Verb = new("events", "List events", "kubectl events [(-o|--output=)json|yaml|name|…] [--for TYPE/NAME] [--watch] [--types=Normal,Warning] [options]")
    {
        Flags = [.. CommonFlags.Output, CommonFlags.AllNamespaces, FlagSpec.Text("for", "Only of this object: TYPE/NAME"), FlagSpec.List("types", "Only of these types: Normal, Warning"), FlagSpec.Switch("no-headers", "No line of headers"), FlagSpec.Switch("watch", "And what comes", 'w'), FlagSpec.Number("chunk-size", "Accepted and not needed", 500)],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        var type = (await call.Discover()).Get("events");
        var fields = "";
        if (call.Text("for") is { Length: > 0 } word)
        {
            var parts = word.Split('/');
            if (parts.Length != 2) throw new Failure("--for must be in resource/name form");
            var kind = (await call.Discover()).Get(parts[0]);
            fields = $"involvedObject.kind={kind.Kind},involvedObject.name={parts[1]}";
        }
        var ns = call.Everywhere ? null : call.Namespace;
        var types = call.Words.All("types");
        bool Wanted(JsonMap e) => types.Count == 0 || types.Contains(e.Text("type"), StringComparer.OrdinalIgnoreCase);
        var list = await call.Api.Get(type.Path(ns) + Query.Of(("fieldSelector", fields)));
        var all = list.Maps("items").Where(Wanted).OrderBy(DescribeEvents.Last, StringComparer.Ordinal).ToList();
        var tabs = new TabText(6, 3, remember: true);
        var printer = ObjectPrinter.Of(call.Words);
        if (all.Count == 0 && !call.Switch("watch"))
        {
            call.Error.WriteLine(call.Everywhere ? "No events found." : $"No events found in {call.Namespace} namespace.");
            return 0;
        }
        if (printer is not null) call.Out.Write(printer.Print(new JsonMap { { "apiVersion", "v1" }, { "kind", "List" }, { "items", new JsonList(all) }, { "metadata", new JsonMap() } }));
        else call.Out.Write(tabs.Format((call.Switch("no-headers") ? "" : $"{(call.Everywhere ? "NAMESPACE\t" : "")}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n") + string.Concat(all.Select(e => Row(call, e)))));
        if (!call.Switch("watch")) return 0;
        await call.Out.FlushAsync();
        await foreach (var (what, e) in call.Api.Watch(type.Path(ns) + Query.Of(("watch", "true"), ("fieldSelector", fields), ("resourceVersion", list.Meta().Text("resourceVersion")))))
        {
            if (what is not ("ADDED" or "MODIFIED") || !Wanted(e)) continue;
            call.Out.Write(printer is not null ? printer.Print(e) : tabs.Format(Row(call, e)));
            await call.Out.FlushAsync();
        }
        return 0;
    }

    private static string Row(Call call, JsonMap e)
    {
        var about = e.Map("involvedObject") ?? [];
        return $"{(call.Everywhere ? e.Namespace() + "\t" : "")}{DescribeEvents.Age(e, call.Around.Time.GetUtcNow())}\t{e.Text("type")}\t{e.Text("reason")}\t{about.Text("kind")}/{about.Text("name")}\t{(e.Text("message") ?? "").Trim()}\n";
    }
}
