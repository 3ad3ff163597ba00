namespace MiniKube.Engines;

/// <summary>Where cgroups are systemd's, parents are its slices: "/kubepods/burstable/podX" is "kubepods-burstable-podX.slice".</summary>
internal static class CgroupSlices
{
    /// <summary>A dash leads one level down, so there is none within a name.</summary>
    public static string Of(string path) =>
        path.Length == 0 || path.EndsWith(".slice", StringComparison.Ordinal) ? path : string.Join('-', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Replace('-', '_'))) + ".slice";
}
