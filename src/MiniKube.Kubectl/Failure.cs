using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>
/// Why a command can't go on. It unwinds the command and is caught in one place, <see cref="KubectlProgram"/>, which says it as
/// kubectl does: with "error: " before it, unless <see cref="Plain"/>.
/// </summary>
internal sealed class Failure(string message, int code = 1) : Exception(message)
{
    public int Code => code;

    /// <summary>The message is the whole line.</summary>
    public bool Plain { get; init; }

    public static Failure Misused(string path, string message) => new($"{message}\nSee '{path} -h' for help and examples");
}

/// <summary>What the server refused.</summary>
internal sealed class Refusal(ApiError error) : Exception(error.Message)
{
    public ApiError Error => error;

    /// <summary>Refused while something was done with what came from somewhere.</summary>
    public Refusal During(string doing, string? source) =>
        source is { Length: > 0 } ? new(error with { Message = $"error when {doing} \"{source}\": {error.Message}" }) : this;
}

/// <summary>The lines in which kubectl tells of failures.</summary>
internal static class FailureText
{
    public static string Of(Failure failure) =>
        failure.Plain || failure.Message.StartsWith("error: ", StringComparison.Ordinal) ? failure.Message : $"error: {failure.Message}";

    public static string Of(ApiError error) => error.Reason switch
    {
        "Invalid" when error.Causes.Count > 0 || error.Kind is { Length: > 0 } || error.Name is { Length: > 0 } => Invalid(error),
        "Unauthorized" => $"error: You must be logged in to the server ({error.Message})",
        "" => $"Error from server: {error.Message}",
        _ => $"Error from server ({error.Reason}): {error.Message}",
    };

    private static string Invalid(ApiError error)
    {
        var head = error.Kind is { Length: > 0 } || error.Name is { Length: > 0 } ? $"The {error.Kind} \"{error.Name}\" is invalid" : "The request is invalid";
        var lines = error.Causes.Select(c => $"{c.Path}: {c.Message}").Distinct().ToList();
        return lines.Count switch
        {
            0 => head,
            1 => $"{head}: {lines[0]}",
            _ => $"{head}: \n{string.Join('\n', lines.Select(l => "* " + l))}",
        };
    }
}
