namespace MiniKube.ControlLoop;

/// <summary>Takes Events in; never blocks and never fails the caller.</summary>
public interface IEventSink
{
    void Emit(ObjectRef about, string type, string reason, string message);
}
