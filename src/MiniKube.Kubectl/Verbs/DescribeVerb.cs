using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl describe: one object in words, with what happened to it.</summary>
internal static class DescribeVerb
{
    public static readonly Verb Verb = new("describe", "Show details of a specific resource or group of resources", "kubectl describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME) [options]")
    {
        Flags = [.. CommonFlags.Files, CommonFlags.Selector, CommonFlags.AllNamespaces, FlagSpec.Switch("show-events", "With events", on: true), FlagSpec.Number("chunk-size", "Accepted and not needed", 500)],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        if (call.Arguments.Count == 0 && !Manifests.AreNamed(call.Words))
            throw new Failure("You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.\n") { Plain = true };
        var (subjects, refusals) = await Find(call);
        for (var i = 0; i < subjects.Count; i++)
        {
            if (i > 0) call.Out.Write("\n\n");
            call.Out.Write(TabText.Describe((await Describe(call, subjects[i])).ToString()));
        }
        if (subjects.Count == 0 && refusals.Count == 0) call.Error.WriteLine(call.Everywhere ? "No resources found" : $"No resources found in {call.Namespace} namespace.");
        return Refusals.Tell(call, refusals);
    }

    private static async Task<(List<Subject>, List<Refusal>)> Find(Call call)
    {
        if (Manifests.AreNamed(call.Words)) return (await Subjects.Live(call, []), []);
        var (found, refusals) = (new List<Subject>(), new List<Refusal>());
        foreach (var (type, name) in Selection.Of(call.Arguments, await call.Discover()).Parts)
        {
            var ns = !type.Namespaced || call.Everywhere ? null : call.Namespace;
            if (name is not null && await call.Api.Find(type.Path(ns, name)) is { } one)
            {
                found.Add(new(type, one.Namespace(), name) { Object = one });
                continue;
            }
            // A name that none has may be the beginning of several.
            var all = (await Subjects.List(call, type, ns, call.Text("selector"))).Where(o => name is null || o.Name().StartsWith(name, StringComparison.Ordinal)).ToList();
            if (name is not null && all.Count == 0) refusals.Add(new(ApiError.NotFound(type.Group, type.Plural, name)));
            found.AddRange(all.Select(o => new Subject(type, o.Namespace(), o.Name()) { Object = o }));
        }
        return (found, refusals);
    }

    private static async Task<DescribeText> Describe(Call call, Subject subject)
    {
        var (text, o, now) = (new DescribeText(), subject.Object, call.Around.Time.GetUtcNow());
        async Task<List<JsonMap>> Of(string type, string selector, string fields = "") =>
            (await call.Discover()).Find(type) is { } found ? await Subjects.List(call, found, type == "pods" && fields.Length > 0 ? null : subject.Namespace, selector, fields) : [];
        switch (subject.Type.Group, subject.Type.Kind)
        {
            case ("", "Pod"):
                DescribePod.Write(text, o, now);
                break;
            case ("", "Node"):
                var lease = await call.Api.Find($"apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{subject.Name}");
                DescribeNode.Write(text, o, await Of("pods", "", $"spec.nodeName={subject.Name}"), lease, now);
                break;
            case ("", "Service"):
                DescribeService.Write(text, o, await Of("endpointslices.discovery.k8s.io", $"kubernetes.io/service-name={subject.Name}"));
                break;
            case ("", "ConfigMap" or "Secret"):
                DescribeData.Write(text, o);
                break;
            case ("apps", "Deployment"):
                DescribeWorkload.Deployment(text, o, Owned(await Of("replicasets.apps", PodChoice.SelectorOf(o) ?? ""), o));
                break;
            case ("apps", "ReplicaSet" or "DaemonSet" or "StatefulSet"):
                DescribeWorkload.Other(text, o, Owned(await Of("pods", PodChoice.SelectorOf(o) ?? ""), o));
                break;
            default:
                DescribeAny.Write(text, o);
                break;
        }
        if (call.Switch("show-events") && subject.Type is not { Group: "", Kind: "Secret" }) DescribeEvents.Write(text, await EventsOf(call, subject), now);
        return text;
    }

    private static List<JsonMap> Owned(List<JsonMap> all, JsonMap owner) => [.. all.Where(a => a.Meta().Maps("ownerReferences").Any(r => r.Text("uid") == owner.Uid()))];

    private static async Task<List<JsonMap>> EventsOf(Call call, Subject subject)
    {
        var fields = $"involvedObject.name={subject.Name},involvedObject.kind={subject.Type.Kind}" + (subject.Type.Namespaced ? $",involvedObject.uid={subject.Object.Uid()}" : "");
        return (await call.Discover()).Find("events") is { } events ? await Subjects.List(call, events, subject.Namespace, "", fields) : [];
    }
}
