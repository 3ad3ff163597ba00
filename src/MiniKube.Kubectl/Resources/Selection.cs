namespace MiniKube.Kubectl;

/// <summary>What the arguments of a command select: objects by name, or everything of some types.</summary>
internal sealed record Selection(IReadOnlyList<(ApiResource Type, string? Name)> Parts)
{
    public bool ByName => Parts.Any(p => p.Name is not null);

    /// <summary>"pods", "pods,svc", "pod a b", "pod/a svc/b": types first, then names; or pairs.</summary>
    public static Selection Of(IReadOnlyList<string> arguments, Discovery discovery)
    {
        if (arguments.Any(a => a.Contains('/')))
        {
            return new([.. arguments.Select(a =>
            {
                var pair = a.Split('/');
                if (pair.Length == 1) throw new Failure("there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'");
                if (pair.Length != 2 || pair[0].Length == 0 || pair[1].Length == 0) throw new Failure("arguments in resource/name form must have a single resource and name");
                return (discovery.Get(pair[0]), (string?)pair[1]);
            })]);
        }
        if (arguments.Count == 0) return new([]);
        var types = new List<ApiResource>();
        foreach (var word in arguments[0].Split(','))
        {
            if (word.Length == 0) throw new Failure("arguments in resource/name form may not have more than one slash");
            var category = discovery.Find(word) is { } one ? [one] : discovery.Category(word);
            types.AddRange(category.Count > 0 ? category.Where(c => !types.Contains(c)) : throw new Failure($"the server doesn't have a resource type \"{word}\""));
        }
        return arguments.Count == 1
            ? new([.. types.Select(t => (t, (string?)null))])
            : new([.. types.SelectMany(t => arguments.Skip(1).Select(n => (t, (string?)n)))]);
    }
}
