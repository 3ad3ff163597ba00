using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>The objects that a command is about, from files or from the server.</summary>
internal static class Subjects
{
    public const string MustName = "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

    /// <summary>Objects as files have them.</summary>
    public static async Task<List<Subject>> FromFiles(Call call)
    {
        var subjects = new List<Subject>();
        foreach (var manifest in await Manifests.Read(call)) subjects.Add(await Of(call, manifest));
        return subjects;
    }

    public static async Task<Subject> Of(Call call, Manifest manifest)
    {
        var found = (await call.Discover()).Of(manifest.Object.ApiVersion(), manifest.Object.Kind());
        if (found is null)
        {
            // The type may have come with what was made just now.
            call.ForgetTypes();
            found = (await call.Discover()).Of(manifest.Object.ApiVersion(), manifest.Object.Kind());
        }
        return Of(found ?? throw NoMatch(manifest), manifest, call.Access);
    }

    private static Failure NoMatch(Manifest manifest)
    {
        var o = manifest.Object;
        return new($"resource mapping not found for name: \"{o.Name()}\" namespace: \"{o.Namespace()}\" from \"{manifest.Source}\": no matches for kind \"{o.Kind()}\" in version \"{o.ApiVersion()}\"\nensure CRDs are installed first");
    }

    private static Subject Of(ApiResource type, Manifest manifest, Access access)
    {
        var o = manifest.Object;
        if (!type.Namespaced) return new(type, null, o.Name()) { Object = o, Source = manifest.Source };
        if (o.Namespace() is { Length: > 0 } own)
        {
            if (access.NamespaceGiven && own != access.Namespace)
                throw new Failure($"the namespace from the provided object \"{own}\" does not match the namespace \"{access.Namespace}\". You must pass '--namespace={own}' to perform this operation.");
            return new(type, own, o.Name()) { Object = o, Source = manifest.Source };
        }
        o.MapOrNew("metadata").Set("namespace", access.Namespace);
        return new(type, access.Namespace, o.Name()) { Object = o, Source = manifest.Source };
    }

    /// <summary>Files or arguments, each object as the server has it now; those that fail are told of, and the code says so.</summary>
    public static async Task<List<Subject>> Live(Call call, IReadOnlyList<string> arguments, bool all = false)
    {
        var live = new List<Subject>();
        if (Manifests.AreNamed(call.Words))
        {
            foreach (var subject in await FromFiles(call)) live.Add(subject with { Object = await call.Api.Get(subject.Path) });
            return live;
        }
        if (arguments.Count == 0) throw call.Misused(MustName);
        var selector = call.Words.Knows("selector") ? call.Text("selector") : "";
        var fields = call.Words.Knows("field-selector") ? call.Text("field-selector") : "";
        var everything = all || call.Words.Knows("all") && call.Switch("all");
        var selection = Selection.Of(arguments, await call.Discover());
        if (selection.ByName && selector.Length > 0) throw new Failure("name cannot be provided when a selector is specified");
        if (!selection.ByName && selector.Length == 0 && fields.Length == 0 && !everything) throw new Failure("resource(s) were provided, but no name was specified");
        foreach (var (type, name) in selection.Parts)
        {
            var ns = call.Everywhere ? null : call.Namespace;
            if (name is not null) live.Add(new(type, type.Namespaced ? call.Namespace : null, name) { Object = await call.Api.Get(type.Path(call.Namespace, name)) });
            else live.AddRange((await List(call, type, ns, selector, fields)).Select(o => new Subject(type, o.Namespace(), o.Name()) { Object = o }));
        }
        return live;
    }

    public static async Task<List<JsonMap>> List(Call call, ApiResource type, string? ns, string selector = "", string fields = "")
    {
        var items = new List<JsonMap>();
        string? more = null;
        do
        {
            var list = await call.Api.Get(type.Path(ns) + Query.Of(("labelSelector", selector), ("fieldSelector", fields), ("limit", "500"), ("continue", more)));
            foreach (var item in list.Maps("items"))
            {
                // Items of a list don't say what they are.
                var whole = new JsonMap { { "apiVersion", type.ApiVersion }, { "kind", type.Kind } };
                foreach (var (key, value) in item) whole.Set(key, value);
                items.Add(whole);
            }
            more = list.Meta().Text("continue");
        }
        while (more is { Length: > 0 });
        return items;
    }

    /// <summary>The one object that a word such as "deployment/web" means; a bare word is of the type that is usual there.</summary>
    public static async Task<Subject> One(Call call, string word, string usual)
    {
        var discovery = await call.Discover();
        var slash = word.IndexOf('/');
        var type = discovery.Get(slash < 0 ? usual : word[..slash]);
        var name = slash < 0 ? word : word[(slash + 1)..];
        return new(type, type.Namespaced ? call.Namespace : null, name) { Object = await call.Api.Get(type.Path(call.Namespace, name)) };
    }
}
