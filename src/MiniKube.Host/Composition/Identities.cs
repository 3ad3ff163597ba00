using MiniKube.Server;

namespace MiniKube.Host;

/// <summary>Who the parts of this process are to the API: the users and service accounts of upstream's components, with no rights but theirs.</summary>
internal static class Identities
{
    private const string Account = "system:serviceaccount:";

    public static readonly UserInfo Scheduler = Of("system:kube-scheduler");
    public static readonly UserInfo ControllerManager = Of("system:kube-controller-manager");
    public static readonly UserInfo Proxy = Of("system:kube-proxy");

    /// <summary>Who of them has a certificate, under which name it is kept: what runs outside this process in their stead comes in with it.</summary>
    public static IEnumerable<(string File, UserInfo User)> Certified(ServerSettings settings)
    {
        yield return ("kube-scheduler", Scheduler);
        yield return ("kube-controller-manager", ControllerManager);
        if (settings.DisableAgent || settings.Runtime == "none") yield break;
        yield return ("kube-proxy", Proxy);
        yield return ("kubelet", Node(settings.NodeName));
    }

    public static UserInfo Of(string name) => name.StartsWith(Account, StringComparison.Ordinal) && name[Account.Length..].Split(':') is [var ns, var account]
        ? UserInfo.ForServiceAccount(ns, account)
        : new(name, [UserInfo.Authenticated]);

    /// <summary>A controller is a service account of kube-system, unless it says by its full name that it is somebody else.</summary>
    public static UserInfo OfController(string account) => Of(account.StartsWith("system:", StringComparison.Ordinal) ? account : $"{Account}kube-system:{account}");

    public static UserInfo Node(string name) => new($"system:node:{name}", ["system:nodes", UserInfo.Authenticated]);
}
