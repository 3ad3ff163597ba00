using MiniKube.Machinery;

namespace MiniKube.Kinds;

/// <summary>A record's attributes to the kind's header; the schema waits until it is needed.</summary>
public static class KindDeclaration
{
    public static Kind Of<T>() where T : KubeObject => Of(typeof(T));

    internal static Kind Of(Type type)
    {
        var marks = Attribute.GetCustomAttributes(type, inherit: false);
        var head = marks.OfType<KindAttribute>().Single();
        return new Kind
        {
            Group = head.Group,
            Version = head.Version,
            Name = type.Name,
            Plural = head.Plural,
            Singular = type.Name.ToLowerInvariant(),
            ListName = type.Name + "List",
            Namespaced = !head.ClusterScoped,
            ShortNames = Words(head.Short),
            Categories = Words(head.Categories),
            Verbs = head.Verbs.Length == 0 ? Kind.AllVerbs : Words(head.Verbs),
            Schema = RecordSchema.Of(type),
            Subresources = [.. marks.Select(SubresourceOf).OfType<Subresource>().OrderBy(s => s.Name, StringComparer.Ordinal)],
            Collection = head.Group.Length == 0 ? head.Plural : $"{head.Plural}.{head.Group}",
            HasGeneration = head.Generation,
        };
    }

    private static Subresource? SubresourceOf(Attribute mark) => mark switch
    {
        SubresourceAttribute { Body: null } s => new Subresource(s.Name, Words(s.Verbs)),
        SubresourceAttribute s => WithBody(s.Name, Words(s.Verbs), s.Body),
        ScaleSubresourceAttribute s => WithBody("scale", ["get", "patch", "update"], "autoscaling/v1 Scale") with
        {
            Scale = new ScalePaths(s.SpecReplicas, s.StatusReplicas, s.Selector),
        },
        _ => null,
    };

    private static Subresource WithBody(string name, IReadOnlyList<string> verbs, string body)
    {
        var (apiVersion, kind) = (body[..body.IndexOf(' ')], body[(body.IndexOf(' ') + 1)..]);
        var slash = apiVersion.IndexOf('/');
        return new Subresource(name, verbs)
        {
            BodyGroup = slash < 0 ? "" : apiVersion[..slash], BodyVersion = apiVersion[(slash + 1)..], BodyKind = kind,
        };
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
