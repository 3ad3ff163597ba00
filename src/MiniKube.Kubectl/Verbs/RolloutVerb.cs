using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl rollout: how far a change of pods is, was, and back again.</summary>
internal static class RolloutVerb
{
    private static readonly string[] Restartable = ["Deployment", "DaemonSet", "StatefulSet"];

    public static readonly Verb Verb = new("rollout", "Manage the rollout of a resource", "kubectl rollout SUBCOMMAND [options]")
    {
        Verbs =
        [
            RolloutHistory.Verb,
            Pausing("pause", true),
            Pausing("resume", false),
            new Verb("restart", "Restart a resource", "kubectl rollout restart RESOURCE [options]") { Flags = [.. Common, .. CommonFlags.Output, CommonFlags.FieldManager("kubectl-rollout")], Run = Restart },
            RolloutStatus.Verb,
            RolloutUndo.Verb,
        ],
    };

    public static IReadOnlyList<FlagSpec> Common => [.. CommonFlags.Files, CommonFlags.Selector];

    private static Verb Pausing(string name, bool paused) => new(name, paused ? "Mark the provided resource as paused" : "Resume a paused resource", $"kubectl rollout {name} RESOURCE [options]")
    {
        Flags = [.. Common, .. CommonFlags.Output, CommonFlags.FieldManager("kubectl-rollout")],
        Run = async call =>
        {
            foreach (var subject in await Named(call))
            {
                if (subject.Type.Kind != "Deployment") throw new Failure($"{subject.Type.Plural}.{subject.Type.Group} \"{subject.Name}\" {(paused ? "pausing" : "resuming")} is not supported");
                if ((subject.Object.Spec().Bool("paused") == true) == paused) throw new Failure($"{subject.Type.Qualified} \"{subject.Name}\" is {(paused ? "already" : "not")} paused");
                var changed = await call.Api.Patch(subject.Path + call.WriteQuery(), new JsonMap { { "spec", new JsonMap { { "paused", paused ? true : Json.Null } } } }, ApiClient.StrategicPatch);
                ObjectPrinter.Tell(call, subject, changed, paused ? "paused" : "resumed");
            }
            return 0;
        },
    };

    private static async Task<int> Restart(Call call)
    {
        foreach (var subject in await Named(call))
        {
            if (!Restartable.Contains(subject.Type.Kind)) throw new Failure($"{subject.Type.Qualified} \"{subject.Name}\" restarting is not supported");
            if (subject.Object.Spec().Bool("paused") == true) throw new Failure($"{subject.Type.Qualified} \"{subject.Name}\" can't restart paused deployment (run rollout resume first)");
            var now = call.Around.Time.GetLocalNow().ToString("yyyy-MM-dd'T'HH:mm:ssK", System.Globalization.CultureInfo.InvariantCulture);
            var patch = JsonReader.ParseMap("""{"spec":{"template":{"metadata":{"annotations":{}}}}}""");
            patch.Map("spec")!.Map("template")!.Map("metadata")!.Map("annotations")!.Set("kubectl.kubernetes.io/restartedAt", now);
            ObjectPrinter.Tell(call, subject, await call.Api.Patch(subject.Path + call.WriteQuery(), patch, ApiClient.StrategicPatch), "restarted");
        }
        return 0;
    }

    public static async Task<List<Subject>> Named(Call call)
    {
        if (call.Arguments.Count == 0 && !Manifests.AreNamed(call.Words)) throw call.Misused("required resource not specified");
        return await Subjects.Live(call, call.Arguments, all: true);
    }
}
