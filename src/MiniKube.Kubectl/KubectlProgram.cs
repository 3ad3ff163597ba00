using System.Net.Sockets;
using System.Security.Authentication;

namespace MiniKube.Kubectl;

/// <summary>kubectl: finds the command, runs it, and says what went wrong.</summary>
public static class KubectlProgram
{
    /// <summary>The commands there are, with what they do.</summary>
    public static IReadOnlyList<(string Name, string Short)> Commands => [.. VerbCatalog.All.Select(v => (v.Name, v.Short))];

    public static bool Knows(string name) => VerbCatalog.All.Any(v => v.Answers(name));

    public static async Task<int> Run(IReadOnlyList<string> words, Surroundings around)
    {
        try
        {
            var code = await Dispatch(words, around);
            await around.Out.FlushAsync(CancellationToken.None);
            return code;
        }
        catch (Failure failure)
        {
            if (failure.Message.Length > 0) Tell(FailureText.Of(failure));
            return failure.Code;
        }
        catch (Refusal refusal)
        {
            Tell(FailureText.Of(refusal.Error));
            return 1;
        }
        catch (HttpRequestException e)
        {
            Tell(Unreachable(e));
            return 1;
        }
        catch (OperationCanceledException) when (around.Stop.IsCancellationRequested)
        {
            return 130;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or System.Text.Json.JsonException)
        {
            Tell($"error: {e.Message}");
            return 1;
        }

        void Tell(string text)
        {
            around.Out.Flush();
            around.Error.WriteLine(text);
        }
    }

    private static async Task<int> Dispatch(IReadOnlyList<string> words, Surroundings around)
    {
        var (verb, path, rest) = VerbFinder.Find(words);
        if (verb is null || verb.Run is null)
        {
            if (rest.FirstOrDefault(w => !w.StartsWith('-')) is { } unknown) throw VerbFinder.Unknown(unknown, path, verb?.Verbs ?? VerbCatalog.All);
            if (rest.FirstOrDefault(w => w is not ("-h" or "--help")) is { } flag && flag.StartsWith('-')) FlagParser.Parse(GlobalFlags.All, rest, path);
            HelpText.Write(around.Out, verb, path);
            return 0;
        }
        if (rest.TakeWhile(w => w != "--").Any(w => w is "-h" or "--help"))
        {
            HelpText.Write(around.Out, verb, path);
            return 0;
        }
        var parsed = FlagParser.Parse([.. verb.Flags, .. GlobalFlags.All.Where(g => verb.Flags.All(f => f.Name != g.Name))
            .Select(g => verb.Flags.Any(f => f.Short == g.Short) ? g with { Short = null } : g)], rest, path);
        using var call = new Call(path, parsed, around);
        return await verb.Run(call);
    }

    private static string Unreachable(HttpRequestException e)
    {
        for (Exception? at = e; at is not null; at = at.InnerException)
        {
            if (at is AuthenticationException tls) return $"Unable to connect to the server: tls: failed to verify certificate: {tls.Message}";
            if (at is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
                return $"The connection to the server {e.Data["server"]} was refused - did you specify the right host or port?";
        }
        return $"Unable to connect to the server: {(e.InnerException ?? e).Message}";
    }
}
