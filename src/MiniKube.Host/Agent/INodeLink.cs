using System.Net;
using System.Security.Cryptography.X509Certificates;
using MiniKube.ControlLoop;
using MiniKube.Server.Streams;

namespace MiniKube.Host;

/// <summary>Serving ingresses: the API with the rights for it, and the certificate for hosts that bring none.</summary>
internal sealed record IngressLink(IApi Api, Func<X509Certificate2> Certificate);

/// <summary>What the parts of a node have of their cluster: within the server's process, or from another machine.</summary>
internal interface INodeLink
{
    /// <summary>The API for the node itself, for its service rules, for its DNS.</summary>
    IApi Kubelet { get; }

    IApi Proxy { get; }

    IApi Names { get; }

    /// <summary>For what one node does for all; null where it isn't this one.</summary>
    IApi? Balancing { get; }

    /// <summary>What serves ingresses, at the one node where they are.</summary>
    IngressLink? Ingress { get; }

    /// <summary>Whose certificates the node's own port believes.</summary>
    IReadOnlyList<X509Certificate2> Authorities { get; }

    /// <summary>Asks whose they are now, if that can have changed since it was asked last.</summary>
    Task Refresh(CancellationToken cancel);

    /// <summary>At which address others find this node now.</summary>
    Func<IPAddress> AddressOf(NodeSettings settings);

    /// <summary>What the node's own port is served with from here on.</summary>
    Task<Func<X509Certificate2>> Serving(Func<IPAddress> address, CancellationToken cancel);

    /// <summary>Lets the API server reach the node, until cancelled.</summary>
    Task Attend(INodeDoor door, CancellationToken cancel);

    /// <summary>Clears the directory of a volume away on the server's word; why it didn't, or null.</summary>
    Task<string?> Clear(string directory, CancellationToken cancel);
}
