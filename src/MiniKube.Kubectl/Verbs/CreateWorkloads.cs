using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl create deployment, job and cronjob.</summary>
internal static class CreateWorkloads
{
    public static readonly Verb Deployment = CreateVerb.Kind("deployment", "Create a deployment with the specified name", "kubectl create deployment NAME --image=image -- [COMMAND] [args...] [options]", "deployments",
        [FlagSpec.List("image", "The image; several are several containers"), FlagSpec.Number("replicas", "How many", 1), FlagSpec.Number("port", "The port that the container exposes", -1)], (call, name) =>
        {
            var images = call.Words.All("image");
            if (images.Count == 0) throw Missing("image");
            if (images.Count > 1 && Command(call).Count > 0) throw new Failure("cannot specify multiple --image options and command");
            var o = CreateVerb.Object("apps/v1", "Deployment", name);
            JsonMap Labels() => new() { { "app", name } };
            o.Map("metadata")!.Set("labels", Labels());
            var containers = new JsonList();
            foreach (var image in images)
            {
                var container = new JsonMap { { "name", images.Count == 1 ? Named(image) : Unique(containers, Named(image)) }, { "image", image } };
                if (Command(call) is { Count: > 0 } command) container.Set("command", JsonList.OfTexts(command));
                if (call.Words.Number("port") is >= 0 and var port) container.Set("ports", JsonList.Of(new JsonMap { { "containerPort", port } }));
                container.Set("resources", new JsonMap());
                containers.Add(container);
            }
            o.Set("spec", new JsonMap
            {
                { "replicas", call.Words.Number("replicas") }, { "selector", new JsonMap { { "matchLabels", Labels() } } }, { "strategy", new JsonMap() },
                { "template", new JsonMap { { "metadata", CreateVerb.Named(labels: Labels()) }, { "spec", new JsonMap { { "containers", containers } } } } },
            });
            o.Set("status", new JsonMap());
            return o;
        }, "deploy");

    public static readonly Verb Job = CreateVerb.Kind("job", "Create a job with the specified name", "kubectl create job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...] [options]", "jobs",
        [FlagSpec.Text("image", "The image"), FlagSpec.Text("from", "A cron job to run once: cronjob/NAME")], async (call, name) =>
        {
            var o = CreateVerb.Object("batch/v1", "Job", name);
            if (call.Text("from") is { Length: > 0 } from)
            {
                if (call.Text("image").Length > 0 || Command(call).Count > 0) throw new Failure("either --image or --from must be specified");
                var source = (await Subjects.One(call, from, "cronjobs")).Object;
                if (source.Kind() != "CronJob") throw new Failure($"from must be an existing cronjob");
                var template = source.Spec().Map("jobTemplate") ?? [];
                var meta = o.Map("metadata")!;
                if (template.Meta().Map("labels") is { } labels) meta.Set("labels", labels.Clone());
                var annotations = template.Meta().Map("annotations")?.CloneMap() ?? [];
                annotations.Set("cronjob.kubernetes.io/instantiate", "manual");
                meta.Set("annotations", annotations);
                meta.Set("ownerReferences", JsonList.Of(new JsonMap { { "apiVersion", "batch/v1" }, { "kind", "CronJob" }, { "name", source.Name() }, { "uid", source.Uid() }, { "controller", true } }));
                o.Set("spec", template.Spec().Clone());
                return o;
            }
            if (call.Text("image").Length == 0) throw new Failure("either --image or --from must be specified");
            o.Set("spec", new JsonMap { { "template", Template(call, name, "Never") } });
            o.Set("status", new JsonMap());
            return o;
        });

    public static readonly Verb CronJob = CreateVerb.Kind("cronjob", "Create a cron job with the specified name", "kubectl create cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [options]", "cronjobs",
        [FlagSpec.Text("image", "The image"), FlagSpec.Text("schedule", "When, as cron has it"), FlagSpec.Text("restart", "OnFailure or Never")], (call, name) =>
        {
            if (call.Text("image").Length == 0) throw Missing("image");
            if (call.Text("schedule").Length == 0) throw Missing("schedule");
            var o = CreateVerb.Object("batch/v1", "CronJob", name);
            o.Set("spec", new JsonMap
            {
                { "schedule", call.Text("schedule") },
                { "jobTemplate", new JsonMap { { "metadata", CreateVerb.Named(name) }, { "spec", new JsonMap { { "template", Template(call, name, call.Text("restart") is { Length: > 0 } restart ? restart : "OnFailure") } } } } },
            });
            o.Set("status", new JsonMap());
            return o;
        }, "cj");

    private static JsonMap Template(Call call, string name, string restart)
    {
        var container = new JsonMap { { "name", name }, { "image", call.Text("image") }, { "resources", new JsonMap() } };
        if (Command(call) is { Count: > 0 } command) container.Set("command", JsonList.OfTexts(command));
        return new() { { "metadata", CreateVerb.Named() }, { "spec", new JsonMap { { "containers", JsonList.Of(container) }, { "restartPolicy", restart } } } };
    }

    private static Failure Missing(string flag) => new($"required flag(s) \"{flag}\" not set");

    private static List<string> Command(Call call) => [.. call.Arguments.Skip(1)];

    /// <summary>What an image is called without registry, tag and digest.</summary>
    public static string Named(string image)
    {
        var last = image[(image.LastIndexOf('/') + 1)..].Split(':', '@')[0];
        return string.Concat(last.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-')).Trim('-');
    }

    private static string Unique(JsonList containers, string name)
    {
        var (own, count) = (name, 1);
        while (containers.Maps().Any(c => c.Text("name") == own)) own = $"{name}-{++count}";
        return own;
    }
}
