using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;
using MiniKube.Server;
using MiniKube.Server.AtRest;
using MiniKube.Store;

namespace MiniKube.Host;

/// <summary>What the owner's commands have the running server do: POST to a path, for masters and whom RBAC allows it. One at a time.</summary>
internal sealed class OwnerOrders(ControlPlane plane, KeyRing keys, StateStore store, string data, bool encrypts, TimeProvider time) : IDisposable
{
    public const string RotateSecrets = "/minik/secrets/rotate";
    public const string TakeSnapshot = "/minik/snapshot";
    public const string RotateCertificates = "/minik/certificates/rotate";
    public const string RotateAuthority = "/minik/certificates/rotate-ca";
    public const string ForgetAuthorities = "/minik/certificates/forget-old-ca";

    private readonly SemaphoreSlim turn = new(1);

    public void Register()
    {
        Add(RotateSecrets, Secrets);
        Add(TakeSnapshot, async cancel =>
        {
            var (file, outcome) = await SnapshotCommand.Take(store, data, new(SnapshotName.ByHand, time.GetUtcNow()), cancel);
            return file is null ? ApiError.Internal(outcome.Fault!.Message) : ApiResponse.Of(200, new JsonMap { { "file", file }, { "revision", outcome.Revision } });
        });
        Add(RotateCertificates, _ =>
        {
            var files = plane.Pki.Reissue();
            plane.WriteKubeconfig();
            return Task.FromResult(Done($"issued again: {string.Join(", ", files)}"));
        });
        Add(RotateAuthority, async cancel =>
        {
            plane.Pki.ReplaceAuthority();
            await AuthorityChanged(cancel);
            return Done($"the cluster's authority is now {plane.Pki.Authority.Subject}; what knows the one before goes on working until 'minik certificate rotate-ca --finish'");
        });
        Add(ForgetAuthorities, async cancel =>
        {
            plane.Pki.ForgetFormerAuthorities();
            await AuthorityChanged(cancel);
            return Done($"only {plane.Pki.Authority.Subject} is believed from here on");
        });
    }

    public Task<(string? File, BackupOutcome Outcome)> TakeSnapshotBy(string whom, CancellationToken cancel) =>
        InTurn(stopping => SnapshotCommand.Take(store, data, new(whom, time.GetUtcNow()), stopping), cancel);

    public void Dispose() => turn.Dispose();

    private void Add(string path, Func<CancellationToken, Task<ApiResponse>> work) => plane.Server.Orders[path] = async cancel =>
    {
        try
        {
            return await InTurn(work, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ApiError.Internal(e.Message);
        }
    };

    private async Task<T> InTurn<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancel)
    {
        await turn.WaitAsync(cancel);
        try
        {
            // Begun is carried through, even if the client that asked goes away.
            return await work(plane.Stopping);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task<ApiResponse> Secrets(CancellationToken cancel)
    {
        if (!encrypts) return ApiError.BadRequest("secrets are not encrypted in this cluster: start it without --encrypt-secrets=false first");
        keys.Rotate();
        // Both keys stay when this fails: nothing is lost, and the next rotation goes over everything again.
        if (await store.ResealAsync(cancel) is { } fault) return ApiError.Internal(fault.Message);
        keys.ForgetOld();
        return Done($"every secret, its history too, is encrypted with key {keys.Newest.Id}; older backups can't be opened with it");
    }

    /// <summary>Tells everybody who holds a copy: the owner's kubeconfig, and the pods by their namespaces' config maps.</summary>
    private async Task AuthorityChanged(CancellationToken cancel)
    {
        plane.WriteKubeconfig();
        await plane.Server.PublishAuthorities(cancel);
        var api = plane.ApiFor(new UserInfo("system:apiserver", [UserInfo.Masters]), "root-ca-cert-publisher");
        var maps = Resources.RefOf<ConfigMap>();
        var patch = JsonWriter.ToUtf8(new JsonMap { { "data", new JsonMap { { "ca.crt", plane.Pki.AuthorityPem } } } });
        var list = await api.List(maps, null, new ListQuery { FieldSelector = "metadata.name=" + Controllers.RootCertificatePublisher.ConfigMapName }, cancel);
        if (list.Error is not null) return;
        foreach (var item in list.Value.Items)
            if (JsonReader.ReadMap(item.Span).Map("metadata")?.Text("namespace") is { } ns)
                await api.Patch(maps, ns, Controllers.RootCertificatePublisher.ConfigMapName, PatchKind.Merge, patch, cancel: cancel);
    }

    private static ApiResponse Done(string message) =>
        ApiResponse.Of(200, new JsonMap { { "kind", "Status" }, { "apiVersion", "v1" }, { "metadata", new JsonMap() }, { "status", "Success" }, { "message", message } });
}
