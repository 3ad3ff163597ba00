using MiniKube.ControlLoop;
using MiniKube.Kinds.Rbac;
using MiniKube.Machinery;
using MiniKube.Server;

namespace MiniKube.Host;

/// <summary>
/// The secret of --token: whoever shows it may ask for the certificate of a node, which is approved and signed, and for
/// nothing else. As a bootstrap token, but without end and without an object in the cluster.
/// </summary>
internal static class JoinToken
{
    private const string Group = "system:bootstrappers:minik:join";

    public static UserInfo User { get; } = new("system:bootstrap:shared", ["system:bootstrappers", Group, UserInfo.Authenticated]);

    public static async Task<string?> Allow(IApi api, CancellationToken cancel)
    {
        var binding = new JsonMap
        {
            { "apiVersion", "rbac.authorization.k8s.io/v1" }, { "kind", "ClusterRoleBinding" }, { "metadata", new JsonMap { { "name", "minik:join" } } },
            { "roleRef", new JsonMap { { "apiGroup", "rbac.authorization.k8s.io" }, { "kind", "ClusterRole" }, { "name", "system:node-bootstrapper" } } },
            { "subjects", JsonList.Of(new JsonMap { { "apiGroup", "rbac.authorization.k8s.io" }, { "kind", "Group" }, { "name", Group } }) },
        };
        var made = await api.Create(Resources.RefOf<ClusterRoleBinding>(), null, JsonWriter.ToUtf8(binding), cancel: cancel);
        return made.Ok || made.Error!.Reason == "AlreadyExists" ? null : made.Error.Message;
    }
}
