using MiniKube.Machinery;

namespace MiniKube.Kinds.Apps;

internal static class ControllerRevisionHooks
{
    public static readonly KindHooks All = new()
    {
        Validate = (revision, errors) =>
        {
            var root = Spot.Root(revision, errors);
            if (!root["data"].IsSet) root["data"].Required("data is mandatory");
            root["revision"].NotNegative();
        },
        ValidateUpdate = (revision, old, errors) => Spot.Root(revision, errors)["data"].SameAs(old["data"]),
    };
}
