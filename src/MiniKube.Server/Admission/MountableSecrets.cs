using MiniKube.Machinery;

namespace MiniKube.Server;

/// <summary>Where a service account asks for it, its pods use the secrets it lists and no others.</summary>
internal static class MountableSecrets
{
    public static string? Fault(JsonMap spec, JsonMap account, string name)
    {
        var listed = Names(account.List("secrets"));
        foreach (var volume in (spec.List("volumes") ?? []).Maps())
            if (volume.Map("secret")?.Text("secretName") is { } secret && !listed.Contains(secret)) return Said($"volume with secret.secretName=\"{secret}\"", "secret");
        foreach (var (list, word) in new[] { ("initContainers", "init container"), ("containers", "container"), ("ephemeralContainers", "ephemeral container") })
        {
            foreach (var container in (spec.List(list) ?? []).Maps())
            {
                foreach (var variable in (container.List("env") ?? []).Maps())
                    if (variable.Map("valueFrom")?.Map("secretKeyRef")?.Text("name") is { } secret && !listed.Contains(secret))
                        return Said($"{word} {container.Text("name")} with envVar {variable.Text("name")} referencing secret.secretName=\"{secret}\"", "secret");
                foreach (var source in (container.List("envFrom") ?? []).Maps())
                    if (source.Map("secretRef")?.Text("name") is { } secret && !listed.Contains(secret))
                        return Said($"{word} {container.Text("name")} with envFrom referencing secret.secretName=\"{secret}\"", "secret");
            }
        }
        var pulling = Names(account.List("imagePullSecrets"));
        var wanted = (spec.List("imagePullSecrets") ?? []).Maps().Select(s => s.Text("name") ?? "").ToList();
        var stray = wanted.FindIndex(w => !pulling.Contains(w));
        return stray < 0 ? null : Said($"imagePullSecrets[{stray}].name=\"{wanted[stray]}\"", "imagePullSecret");

        string Said(string what, string kind) => $"{what} is not allowed because service account {name} does not reference that {kind}";
    }

    private static HashSet<string> Names(JsonList? references) => [.. (references ?? []).Maps().Select(r => r.Text("name") ?? "")];
}
