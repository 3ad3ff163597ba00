using MiniKube.Machinery;
using MiniKube.Server.Oidc;

namespace MiniKube.Server;

/// <summary>
/// An AuthenticationConfiguration on the disk, followed while the server runs. What can't be read or understood later on
/// changes nothing: the last good one counts on.
/// </summary>
public sealed class AuthenticationFile : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private readonly string path;
    private readonly IReadOnlyList<string> disallowed;
    private readonly TimeProvider time;
    private readonly ILog log;
    private string read;
    private volatile Current current;

    private sealed record Current(IReadOnlyList<OidcAuthenticator> Issuers, AnonymousAccess Anonymous);

    private AuthenticationFile(string path, string text, AuthenticationConfiguration configuration, IReadOnlyList<string> disallowed, TimeProvider time, ILog log)
    {
        (this.path, read, this.disallowed, this.time, this.log) = (path, text, disallowed, time, log);
        current = Of(configuration);
    }

    public static Result<AuthenticationFile> Open(string path, IReadOnlyList<string> disallowed, TimeProvider time, ILog log)
    {
        try
        {
            var text = File.ReadAllText(path);
            var configuration = AuthenticationConfiguration.Read(text, disallowed);
            return configuration.Error is { } wrong ? wrong : new AuthenticationFile(path, text, configuration.Value, disallowed, time, log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ApiError.BadRequest(e.Message);
        }
    }

    public AnonymousAccess Anonymous => current.Anonymous;

    /// <summary>Whom one of the issuers vouches for; each looks at its own tokens only.</summary>
    public async ValueTask<UserInfo?> Check(string token, CancellationToken cancel)
    {
        foreach (var issuer in current.Issuers)
            if (await issuer.Check(token, cancel) is { } user) return user;
        return null;
    }

    public async Task Run(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel)) Refresh();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
    }

    /// <summary>Takes over what the file says now, if that is something else than before and makes sense.</summary>
    public void Refresh()
    {
        try
        {
            var text = File.ReadAllText(path);
            if (text == read) return;
            read = text;
            var configuration = AuthenticationConfiguration.Read(text, disallowed);
            if (configuration.Error is { } wrong)
            {
                log.Error($"{path} is not taken over: {wrong.Message}");
                return;
            }
            var before = current;
            current = Of(configuration.Value);
            foreach (var issuer in before.Issuers) issuer.Dispose();
            log.Info($"{path} was read again: {configuration.Value.Issuers.Count} issuer(s)");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warn($"{path} can't be read: {e.Message}");
        }
    }

    private Current Of(AuthenticationConfiguration configuration) => new([.. configuration.Issuers.Select(i => new OidcAuthenticator(i, time, log))], configuration.Anonymous);

    public void Dispose()
    {
        foreach (var issuer in current.Issuers) issuer.Dispose();
    }
}
