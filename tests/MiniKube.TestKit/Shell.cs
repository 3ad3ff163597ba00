using System.Diagnostics;

namespace MiniKube.TestKit;

public sealed record Output(int Code, string Text, string Errors)
{
    public string All => Text + Errors;
}

/// <summary>Programs run to their end.</summary>
public static class Shell
{
    /// <summary>Arguments are divided at blanks; single quotes keep them together.</summary>
    public static async Task<Output> Run(string program, string arguments, string? input = null, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (var word in Words(arguments)) start.ArgumentList.Add(word);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (text, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(patience.Token);
        return new(process.ExitCode, await text, await errors);
    }

    private static IEnumerable<string> Words(string text)
    {
        var word = "";
        var (quoted, any) = (false, false);
        foreach (var c in text)
        {
            if (c == '\'')
            {
                quoted = !quoted;
                any = true;
            }
            else if (c == ' ' && !quoted)
            {
                if (any) yield return word;
                (word, any) = ("", false);
            }
            else
            {
                word += c;
                any = true;
            }
        }
        if (any) yield return word;
    }
}
